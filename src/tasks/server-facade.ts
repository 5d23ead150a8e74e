/** The `server` object of a process, made from what that process has. */
import { TsrvError } from '../errors.ts'
import type { Events } from '../listener.ts'
import type { Logger, Server, ServerRole, ServiceLookup } from '../server.ts'
import type { ServiceCalls } from './services/service-calls.ts'
import type { TaskClient } from './sender/task-client.ts'

export interface ServerFacadeOptions {
  /** Undefined when the server runs without task workers. */
  readonly tasks: TaskClient | undefined
  readonly services: ServiceCalls
  readonly container: ServiceLookup
  readonly role: ServerRole
  readonly workerId: number
  readonly generation: number
  readonly log: Logger
  readonly events: Events
  readonly on: Server['on']
  readonly isLeader: () => boolean
  /** Aborts when this process is to finish. */
  readonly drainSignal: AbortSignal
}

export function createServerFacade(options: ServerFacadeOptions): Server {
  const tasks = (call: string): TaskClient => {
    if (options.tasks === undefined) throw new TsrvError('TASKS_DISABLED', { call })
    return options.tasks
  }
  return {
    task: (data, taskOptions) => tasks('task').task(data, taskOptions),
    submit: (data, taskOptions) => tasks('submit').submit(data, taskOptions),
    cancel: async (id) => tasks('cancel').cancel(id),
    queue: (name) => tasks('queue').queue(name),
    taskWait: async (data, waitOptions) => tasks('taskWait').taskWait(data, waitOptions),
    taskWaitMulti: async (items, waitOptions) => tasks('taskWaitMulti').taskWaitMulti(items, waitOptions),
    container: options.container,
    service: (name) => options.services.handle(name),
    get isLeader() {
      return options.isLeader()
    },
    drainSignal: options.drainSignal,
    role: options.role,
    workerId: options.workerId,
    generation: options.generation,
    log: options.log,
    events: options.events,
    on: options.on,
  }
}
