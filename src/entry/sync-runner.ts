/** Runs the tasks of sync queues in the process that sends them; they meet the listeners of a task worker. */
import type { Config } from '../config/config.ts'
import type { Services } from '../container/container.ts'
import { EventDispatcher } from '../events/dispatcher.ts'
import { openRunner } from '../tasks/task-worker/open-runner.ts'
import type { HandlerDefinition } from '../tasks/writing/message-handlers.ts'
import { type RunHere, runningHere } from '../tasks/sender/run-here.ts'
import { loadUserListeners, type UserProgramParts } from '../tasks/user-program.ts'

export interface SyncProgram extends Omit<UserProgramParts, 'roles' | 'dispatcher'> {
  /** That of `server.events`; listeners of TaskEvent get one of their own, as no task runs by itself here. */
  readonly events: EventDispatcher
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

  async load(program: SyncProgram): Promise<void> {
    if (!this.#isNeeded) return
    const config = this.#config
    const parts = { ...program, dispatcher: new EventDispatcher() }
    await loadUserListeners(config, { ...parts, roles: ['task'] })
    this.#loaded.resolve(runningHere(await openRunner({ ...parts, config })))
  }

  get #isNeeded(): boolean {
    return this.#config.tasks.queues.some(({ sync }) => sync)
  }
}
