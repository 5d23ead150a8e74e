/**
 * A channel over a stream socket: frames, gathered and written once per turn of the event loop.
 */
import type { Duplex } from 'node:stream'
import type { Channel, ChannelHandlers } from './channel.ts'
import { FrameParser, FrameWriter } from './frame.ts'

/** How messages become frames and back. `payload` is valid during the call only. */
export interface Codec<Out, In> {
  encode(message: Out, writer: FrameWriter): void
  decode(type: number, id: number, payload: Uint8Array): In
}

export class SocketChannel<Out, In> implements Channel<Out, In> {
  readonly #socket: Duplex
  readonly #codec: Codec<Out, In>
  readonly #writer = new FrameWriter()
  readonly #parser: FrameParser
  #handlers: ChannelHandlers<In> | undefined
  #flushScheduled = false
  #isOpen = true

  /** @param socket connected; nobody else may read it. Errors of the peer close the channel. */
  constructor(socket: Duplex, codec: Codec<Out, In>) {
    this.#socket = socket
    this.#codec = codec
    this.#parser = new FrameParser((type, id, payload) => {
      if (this.#isOpen) this.#handlers?.onMessage(codec.decode(type, id, payload))
    })
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  get isBlocked(): boolean {
    return this.#socket.writableLength > 0
  }

  send(message: Out): void {
    if (!this.#isOpen) return
    this.#codec.encode(message, this.#writer)
    if (this.#flushScheduled) return
    this.#flushScheduled = true
    process.nextTick(() => this.flush())
  }

  flush(): void {
    this.#flushScheduled = false
    if (this.#writer.isEmpty || !this.#isOpen) return
    const chunks = this.#writer.take()
    if (chunks.length > 1) this.#socket.cork()
    for (const chunk of chunks) this.#socket.write(chunk)
    if (chunks.length > 1) this.#socket.uncork()
  }

  listen(handlers: ChannelHandlers<In>): void {
    this.#handlers = handlers
    // The socket starts to flow with its first data listener, so nothing is missed before this call.
    this.#socket.on('data', (chunk: Buffer) => this.#receive(chunk))
    this.#socket.on('error', () => this.#closed())
    this.#socket.on('close', () => this.#closed())
    if (!this.#isOpen) handlers.onClose()
    else if (this.#socket.destroyed) this.#closed()
  }

  close(): void {
    if (!this.#isOpen) return
    this.flush()
    this.#socket.end()
    this.#closed()
  }

  #receive(chunk: Buffer): void {
    try {
      this.#parser.push(chunk)
    } catch (error) {
      this.#socket.destroy(error as Error)
      this.#closed()
    }
  }

  #closed(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#handlers?.onClose()
  }
}
