/**
 * A channel over a port of a worker thread. Each message is posted at once, not once per turn: a synchronous
 * task may never give its thread another turn. One port may carry several channels, told apart by a wrapper.
 */
import type { Channel, ChannelHandlers } from './channel.ts'

export class PortChannel<Out, In> implements Channel<Out, In> {
  readonly isBlocked = false
  readonly #post: (message: Out) => void
  #handlers: ChannelHandlers<In> | undefined
  #early: In[] = []
  #isOpen = true

  /** @param post puts a message on the port, in whatever wrapper the port's messages have */
  constructor(post: (message: Out) => void) {
    this.#post = post
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  send(message: Out): void {
    if (this.#isOpen) this.#post(message)
  }

  flush(): void {}

  listen(handlers: ChannelHandlers<In>): void {
    this.#handlers = handlers
    const early = this.#early
    this.#early = []
    for (const message of early) handlers.onMessage(message)
    if (!this.#isOpen) handlers.onClose()
  }

  /** Called by the owner of the port for each message of this channel. */
  receive(message: In): void {
    if (!this.#isOpen) return
    if (this.#handlers === undefined) this.#early.push(message)
    else this.#handlers.onMessage(message)
  }

  /** Also called by the owner of the port when the thread ends. */
  close(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#handlers?.onClose()
  }
}
