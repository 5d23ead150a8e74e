/** Keeps the sender's line to the task server open: connects, and connects again when the task server is replaced. */
import { connect, type Socket } from 'node:net'
import { backoff } from '../../util/backoff.ts'
import { SocketChannel } from '../../wire/socket-channel.ts'
import { senderCodec } from '../../wire/task-codec.ts'
import type { TaskClient } from './task-client.ts'

// The task server's socket appears a few dozen milliseconds after the worker's first try, at every start.
const RETRY = { first: 5, longest: 250 }

export class TaskLine {
  readonly #path: string
  readonly #client: TaskClient
  #socket: Socket | undefined
  #retry: NodeJS.Timeout | undefined
  #failures = 0
  #isStopped = false
  #keepsAlive = true

  constructor(path: string, client: TaskClient) {
    this.#path = path
    this.#client = client
  }

  start(): void {
    const socket = connect(this.#path)
    this.#socket = socket
    if (!this.#keepsAlive) socket.unref()
    socket.once('connect', () => {
      this.#failures = 0
      this.#client.connect(new SocketChannel(socket, senderCodec))
    })
    // An error is always followed by 'close', which is where the next try begins.
    socket.on('error', () => {})
    socket.once('close', () => this.#lost())
  }

  /** From now on it does not keep the process alive. */
  unref(): void {
    this.#keepsAlive = false
    this.#socket?.unref()
    this.#retry?.unref()
  }

  stop(): void {
    this.#isStopped = true
    clearTimeout(this.#retry)
    this.#socket?.destroy()
  }

  #lost(): void {
    if (this.#isStopped) return
    this.#failures++
    this.#retry = setTimeout(() => this.start(), backoff(this.#failures, RETRY))
    if (!this.#keepsAlive) this.#retry.unref()
  }
}
