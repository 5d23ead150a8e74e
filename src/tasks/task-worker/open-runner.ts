/** What runs tasks in a process or thread whose program has been loaded: the user's listeners, then the shipped ones. */
import type { Config } from '../../config/config.ts'
import type { EventDispatcher } from '../../events/dispatcher.ts'
import { TaskEvent } from '../../events/task-events.ts'
import type { Server, ServiceLookup } from '../../server.ts'
import type { Tags } from '../../wire/tags.ts'
import type { HandlerDefinition } from '../writing/message-handlers.ts'
import { shippedListeners } from './listeners/shipped.ts'
import type { TaskRunnerOptions } from './task-runner.ts'

export interface RunnerParts {
  readonly config: Pick<Config, 'root' | 'tasks' | 'listeners'>
  /** Has the user's listeners of TaskEvent, and gets the shipped ones. */
  readonly dispatcher: EventDispatcher
  /** Dispatches data that is an event (`tasks.dispatchEvents`): the dispatcher behind `server.events`. */
  readonly events: EventDispatcher
  readonly handlers: readonly HandlerDefinition[]
  readonly services: ServiceLookup
  readonly server: Server
  readonly tags: Tags
}

export type Runner = Omit<TaskRunnerOptions, 'onProgress'>

/** @throws TsrvError as `shippedListeners()` */
export async function openRunner(parts: RunnerParts): Promise<Runner> {
  const { config, dispatcher, events, handlers, services, server, tags } = parts
  const hasOwnListeners = dispatcher.hasListeners(TaskEvent)
  const shipped = await shippedListeners({ config, handlers, services, dispatcher: events })
  for (const listener of shipped) dispatcher.on(TaskEvent, listener)
  return { dispatcher, tags, server, hasOwnListeners, unhandled: config.tasks.unhandled }
}
