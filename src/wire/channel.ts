/**
 * A typed two-way line between two parties that say `Out` and hear `In`. The task core knows channels only;
 * whether a socket, a thread's port or memory is behind one is decided in `entry/`.
 */

export interface Channel<Out, In> {
  /** False once closed by either side; what is sent then is dropped. */
  readonly isOpen: boolean
  /** True while something that was flushed is not in the kernel: the peer reads more slowly than we write. */
  readonly isBlocked: boolean
  send(message: Out): void
  /** Writes now what `send` has gathered in this turn; without it the end of the turn does. */
  flush(): void
  close(): void
  /** Sets who listens, once. Messages that came before are handed over at once. */
  listen(handlers: ChannelHandlers<In>): void
}

export interface ChannelHandlers<In> {
  onMessage(message: In): void
  /** Called once, when either side closes or the line breaks; at once when that was before `listen`. */
  onClose(): void
}

/** Two ends of a line inside one thread: for a task server inside a plain program, and for tests. */
export function channelPair<A, B>(): [Channel<A, B>, Channel<B, A>] {
  const left = new MemoryEnd<A, B>()
  const right = new MemoryEnd<B, A>()
  left.connect(right)
  right.connect(left)
  return [left, right]
}

class MemoryEnd<Out, In> implements Channel<Out, In> {
  isOpen = true
  readonly isBlocked = false
  #peer: MemoryEnd<In, Out> | undefined
  #handlers: ChannelHandlers<In> | undefined
  #early: In[] = []
  #outgoing: Out[] = []

  connect(peer: MemoryEnd<In, Out>): void {
    this.#peer = peer
  }

  send(message: Out): void {
    if (!this.isOpen) return
    // Delivered after the turn, as a socket would: a receiver never runs inside the sender's call.
    if (this.#outgoing.push(message) === 1) process.nextTick(() => this.flush())
  }

  flush(): void {
    const outgoing = this.#outgoing
    this.#outgoing = []
    for (const message of outgoing) this.#peer?.receive(message)
  }

  listen(handlers: ChannelHandlers<In>): void {
    this.#handlers = handlers
    const early = this.#early
    this.#early = []
    for (const message of early) handlers.onMessage(message)
    if (!this.isOpen) handlers.onClose()
  }

  close(): void {
    if (!this.isOpen) return
    this.flush()
    this.isOpen = false
    this.#handlers?.onClose()
    this.#peer?.close()
  }

  receive(message: In): void {
    if (!this.isOpen) return
    if (this.#handlers === undefined) this.#early.push(message)
    else this.#handlers.onMessage(message)
  }
}
