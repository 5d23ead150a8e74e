/**
 * The line to the task server of the moment, if there is one. Who sends is told first. After an earlier line nothing goes
 * out before the welcome: it tells whether that was another task server, and so what has to be sent again.
 */
import type { Channel } from '../../wire/channel.ts'
import type { FromTaskServer, ToTaskServer } from '../../wire/messages.ts'

type Hello = Extract<ToTaskServer, { type: 'hello' }>
type ServerChannel = Channel<ToTaskServer, FromTaskServer>

export class ServerLine {
  readonly #hello: Omit<Hello, 'type'>
  #channel: ServerChannel | undefined
  /** Name of the task server that has welcomed us last. */
  #server: string | undefined
  #awaitsWelcome = false
  #isLeader = false

  constructor(hello: Omit<Hello, 'type'>) {
    this.#hello = hello
  }

  /** Messages go out. */
  get isOpen(): boolean {
    return this.#channel !== undefined && !this.#awaitsWelcome
  }

  /** Something that was flushed is not in the kernel. */
  get isBlocked(): boolean {
    return this.#channel?.isBlocked === true
  }

  /** @returns whether messages go out at once */
  open(channel: ServerChannel): boolean {
    this.#channel = channel
    channel.send({ type: 'hello', ...this.#hello })
    if (this.#isLeader) channel.send({ type: 'leader' })
    this.#awaitsWelcome = this.#server !== undefined
    return this.isOpen
  }

  /** Whether this task server follows another one; the same one still runs what it ran. */
  isSuccessor(server: string): boolean {
    return this.#server !== undefined && this.#server !== server
  }

  /** @returns whether that was awaited: messages go out from now on */
  welcomed(server: string): boolean {
    const wasAwaited = this.#awaitsWelcome
    this.#server = server
    this.#awaitsWelcome = false
    return wasAwaited
  }

  /** @returns false for a line that has been followed by another one already */
  lost(channel: ServerChannel): boolean {
    if (this.#channel !== channel) return false
    this.#channel = undefined
    this.#awaitsWelcome = true
    return true
  }

  /** @returns whether it went out */
  tell(message: ToTaskServer): boolean {
    if (this.isOpen) this.#channel?.send(message)
    return this.isOpen
  }

  /** Of an end that has come over this line, and so also before a welcome. */
  acknowledge(id: number): void {
    this.#channel?.send({ type: 'received', id })
  }

  flush(): void {
    if (this.isOpen) this.#channel?.flush()
  }

  /** Also over every later line. */
  lead(): void {
    this.#isLeader = true
    this.#channel?.send({ type: 'leader' })
  }

  /** Another one leads; a later line must not take that from it. */
  resign(): void {
    this.#isLeader = false
  }
}
