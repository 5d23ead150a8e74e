/** Task objects: data that says itself how it is run. They travel like any other instance of a known class. */
import type { TaskEvent } from '../events/task-events.ts'

/** A function as `Task` takes it: exported by a file of `tasks.modules`, so that the task worker finds it. */
// oxlint-disable-next-line typescript/no-explicit-any -- any parameters: they are checked by Task's own signature
export type TaskFunction<Parameters extends readonly any[] = any[]> = (...parameters: Parameters) => unknown

/**
 * Runs an exported function with a payload in a task worker; its return value is the task's.
 *
 * @example
 * // src/tasks/mail.ts, matched by tasks.modules
 * export async function sendMail(to: string): Promise<string> { … }
 * // in a request handler
 * server.task(new Task(sendMail, 'ada@example.com'))
 */
export class Task<Parameters extends readonly unknown[] = readonly unknown[]> {
  static readonly taskName = 'tsrv:Task'
  readonly run: TaskFunction
  readonly payload: Parameters

  constructor(run: (...payload: Parameters) => unknown, ...payload: Parameters) {
    this.run = run as TaskFunction
    this.payload = payload
  }

  /** How the task reads in logs. */
  toJSON(): object {
    return { handler: this.run.name, arguments: this.payload }
  }
}

/**
 * Runs a service of the container with a payload in a task worker: a function, or an object with `handle`.
 *
 * @example server.task(new ServiceBasedTask('mailer', 'ada@example.com'))
 */
export class ServiceBasedTask {
  static readonly taskName = 'tsrv:ServiceBasedTask'
  readonly service: string
  readonly payload: readonly unknown[]

  constructor(service: string, ...payload: readonly unknown[]) {
    this.service = service
    this.payload = payload
  }

  toJSON(): object {
    return { handler: this.service, arguments: this.payload }
  }
}

const HANDLES = Symbol.for('tsrv.handles')

/** Runs a message; `event` gives access to progress, signal and ids. */
export type MessageHandler<Message> = (message: Message, event: TaskEvent) => unknown

export interface HandlerDefinition {
  readonly [HANDLES]: true
  readonly type: MessageClass<object>
  readonly handle: MessageHandler<object>
}

// oxlint-disable-next-line typescript/no-explicit-any -- only `any[]` accepts every constructor's parameters
export type MessageClass<Message extends object> = new (...parameters: any[]) => Message

/**
 * Declares that `handler` runs tasks whose data is an instance of exactly `type`. Export the result from a file
 * of `tasks.modules`. Several handlers of one class run in the order they were found.
 *
 * @example
 * export class ResizeImage { file: string; constructor(file: string) { this.file = file } }
 * export const resizeImage = handles(ResizeImage, async (message) => resize(message.file))
 */
export function handles<Message extends object>(
  type: MessageClass<Message>,
  handler: MessageHandler<Message> | { handle: MessageHandler<Message> },
): HandlerDefinition {
  const handle: MessageHandler<Message> =
    typeof handler === 'function' ? handler : (message, event) => handler.handle(message, event)
  return { [HANDLES]: true, type, handle: handle as MessageHandler<object> }
}

export function isHandlerDefinition(value: unknown): value is HandlerDefinition {
  return typeof value === 'object' && value !== null && (value as { [HANDLES]?: unknown })[HANDLES] === true
}
