/** Runs the tasks of sync queues in the process that sends them; they meet the listeners of a task worker. */
import type { Config } from '../config/config.ts'
import type { Services } from '../container/container.ts'
import { EventDispatcher } from '../events/dispatcher.ts'
import { TaskEvent } from '../events/task-events.ts'
import { shippedListeners } from '../tasks/task-worker/listeners/shipped.ts'
import type { HandlerDefinition } from '../tasks/writing/message-handlers.ts'
import { type RunHere, runningHere } from '../tasks/sender/run-here.ts'
import { loadUserListeners, type UserProgramParts } from '../tasks/user-program.ts'

export interface SyncProgram extends Omit<UserProgramParts, 'roles' | 'dispatcher'> {
  readonly services: Services
  readonly handlers: readonly HandlerDefinition[]
}

export class SyncRunner {
  readonly #config: Config
  readonly #loaded = Promise.withResolvers<RunHere>()

  constructor(config: Config) {
    this.#config = config
  }

  /** Globs of handlers that only a process that runs tasks has to load. */
  get handlers(): readonly string[] {
    return this.#isNeeded ? this.#config.tasks.handlers : []
  }

  /** Tasks sent while the program boots wait until it has been loaded. */
  readonly run: RunHere = async (task, terms) => (await this.#loaded.promise)(task, terms)

  async load({ handlers, ...parts }: SyncProgram): Promise<void> {
    if (!this.#isNeeded) return
    const { server, tags, services } = parts
    const dispatcher = new EventDispatcher()
    await loadUserListeners(this.#config, { ...parts, roles: ['task'], dispatcher })
    const hasOwnListeners = dispatcher.hasListeners(TaskEvent)
    const shipped = await shippedListeners({ config: this.#config, handlers, services, dispatcher })
    for (const listener of shipped) dispatcher.on(TaskEvent, listener)
    const { unhandled } = this.#config.tasks
    this.#loaded.resolve(runningHere({ dispatcher, tags, server, hasOwnListeners, unhandled }))
  }

  get #isNeeded(): boolean {
    return this.#config.tasks.queues.some(({ sync }) => sync)
  }
}
