/** One thread in a lane: what runs in it, and how much more it may take. */
import type { ThreadAnswer, ThreadTask } from '../../wire/thread-messages.ts'
import type { TaskThread, ThreadPeer } from './task-thread.ts'
import type { ThreadTerms } from './thread-terms.ts'

/** From this part of its life on, a thread's successor is started. */
const RENEWAL = 0.9

export class Seat {
  readonly thread: TaskThread
  readonly #peer: ThreadPeer
  readonly #terms: ThreadTerms
  readonly #running = new Set<number>()
  #taken = 0

  constructor(thread: TaskThread, peer: ThreadPeer, terms: ThreadTerms) {
    this.thread = thread
    this.#peer = peer
    this.#terms = terms
  }

  get capacity(): number {
    return this.#terms.capacity
  }

  get running(): number {
    return this.#running.size
  }

  /** Tasks it may still take. */
  get left(): number {
    return this.#terms.lifetime - this.#taken
  }

  /** Its successor should be on the way. */
  get isOld(): boolean {
    return this.#taken >= Math.ceil(this.#terms.lifetime * RENEWAL)
  }

  runs(id: number): boolean {
    return this.#running.has(id)
  }

  async run(task: ThreadTask): Promise<ThreadAnswer> {
    this.#taken++
    this.#running.add(task.id)
    try {
      return await this.thread.run(task)
    } finally {
      this.#running.delete(task.id)
    }
  }

  /** It has to go on: there is no successor to be had. */
  renewLease(): void {
    this.#taken = 0
  }

  /** Nothing runs in a dead thread. */
  died(): void {
    this.#running.clear()
    this.#peer.end()
  }

  /** Ends the thread: gently when nothing runs in it. */
  async leave(): Promise<void> {
    await (this.running === 0 ? this.thread.retire() : this.thread.close())
    this.died()
  }
}
