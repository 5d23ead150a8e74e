/** Which handlers run a message: declared by `handles()`, found among the exports of the task modules. */
import { TsrvError } from '../../errors.ts'
import type { TaskEvent } from '../../events/task-events.ts'
import type { ServiceLookup } from '../../server.ts'
import { isClass } from '../../util/is-class.ts'

/** Runs a message; `event` gives access to progress, signal and ids, `services` to the container. */
export type MessageHandler<Message> = (message: Message, event: TaskEvent, services: ServiceLookup) => unknown

/** A handler with a life of its own: services it was made with, state between messages. */
export interface ServerTaskHandler<Message> {
  handleServerTask(message: Message, event: TaskEvent, services: ServiceLookup): unknown
}

// oxlint-disable-next-line typescript/no-explicit-any -- only `any[]` accepts every constructor's parameters
export type MessageClass<Message extends object> = new (...parameters: any[]) => Message

const HANDLES = Symbol.for('tsrv.handles')

export interface HandlerDefinition {
  readonly [HANDLES]: true
  readonly type: MessageClass<object>
  readonly handle: MessageHandler<object>
}

/**
 * Declares that `handler` runs tasks whose data is an instance of exactly `type`, not of a subclass. Export the
 * result from a file of `tasks.modules`, or of `tasks.handlers` when what it imports is heavy: those are loaded in
 * task workers only. Several handlers of one class run one after the other in the order they were found; the first
 * that returns something decides the task's return value.
 *
 * @param handler a function `(message, event, services)`, or an object with `handleServerTask` or `handle` for it
 * @throws TsrvError `TSRV_TASK_DEFINITION_INVALID` for anything else, and for a message class that is none
 * @example
 * export class ResizeImage { file: string; constructor(file: string) { this.file = file } }
 * export const resizeImage = handles(ResizeImage, async (message) => resize(message.file))
 */
export function handles<Message extends object>(
  type: MessageClass<Message>,
  handler: MessageHandler<Message> | ServerTaskHandler<Message> | { handle: MessageHandler<Message> },
): HandlerDefinition {
  if (typeof type !== 'function') throw fault(type, 'class', 'a class, the one whose messages it handles')
  return { [HANDLES]: true, type, handle: asFunction(type, handler) as MessageHandler<object> }
}

function asFunction<Message extends object>(
  type: MessageClass<Message>,
  handler: Parameters<typeof handles<Message>>[1],
): MessageHandler<Message> {
  if (typeof handler === 'function' && !isClass(handler)) return handler
  if (hasMethod(handler, 'handleServerTask')) return (...given) => handler.handleServerTask(...given)
  if (hasMethod(handler, 'handle')) return (...given) => handler.handle(...given)
  throw fault(type, 'handler', 'a function, or an object with handleServerTask() or handle()')
}

function hasMethod<Name extends string>(
  handler: unknown,
  name: Name,
): handler is Readonly<Record<Name, MessageHandler<unknown>>> {
  return typeof (handler as Record<string, unknown> | null | undefined)?.[name] === 'function'
}

/** Of callers without types. */
function fault(type: unknown, field: string, expected: string): TsrvError {
  const task = typeof type === 'function' ? type.name : String(type)
  return new TsrvError('TASK_DEFINITION_INVALID', { task, field, expected })
}

export function isHandlerDefinition(value: unknown): value is HandlerDefinition {
  return typeof value === 'object' && value !== null && (value as { [HANDLES]?: unknown })[HANDLES] === true
}
