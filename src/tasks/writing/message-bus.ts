/** The message bus: messages go out as the data of tasks, and to the handlers of their class. */
import { server, type TaskOptions } from '../../server.ts'

export interface DispatchMessageOptions extends TaskOptions {
  /** Notes for the sender's own use, handed back on the envelope; they do not travel. */
  readonly stamps?: readonly unknown[]
}

/** A message on its way. */
export interface Envelope<Message extends object = object> {
  readonly message: Message
  readonly stamps: readonly unknown[]
  readonly taskId: number
}

export interface MessageBus {
  /**
   * Queues a message for the handlers that `handles()` declared for its class.
   *
   * @param message an instance of a class that a file of `tasks.modules` exports
   * @throws TsrvError as `server.task()`; `TSRV_NOT_RUNNING` outside a running server
   * @example
   * const { taskId } = bus.dispatch(new ResizeImage('cat.png'))
   */
  dispatch<Message extends object>(message: Message, options?: DispatchMessageOptions): Envelope<Message>
}

/** Keeps nothing: it sends by the `server` of the process it is used in. */
export const bus: MessageBus = {
  dispatch(message, { stamps = [], ...options } = {}) {
    const taskId = server.task(message, options)
    server.log.debug({ taskId, message: message.constructor?.name }, 'Message dispatched')
    return { message, stamps, taskId }
  },
}
