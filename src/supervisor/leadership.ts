/**
 * One HTTP worker leads: it runs what must run once per server. The token goes to a ready worker only, and to
 * the next one only when its holder has left.
 */
import type { WorkerHandle } from './worker-handle.ts'

export class Leadership {
  #leader: WorkerHandle | undefined
  /** The leader has run its start listeners. */
  #isConfirmed = false
  #isFirst = true

  get leader(): WorkerHandle | undefined {
    return this.#leader
  }

  get isConfirmed(): boolean {
    return this.#isConfirmed
  }

  /** Grants the token if nobody holds it, to the ready worker of the lowest slot. */
  grant(workers: readonly WorkerHandle[]): void {
    if (this.#leader !== undefined) return
    const ready = workers.filter((worker) => worker.state === 'ready').sort((a, b) => a.slot - b.slot)
    this.#leader = ready[0]
    this.#isConfirmed = false
    this.#leader?.send({ type: 'lead', first: this.#isFirst })
  }

  /** ServerStartEvent belongs to the first leader whose listeners got through it. */
  confirm(worker: WorkerHandle): void {
    if (worker !== this.#leader) return
    this.#isConfirmed = true
    this.#isFirst = false
  }

  release(worker: WorkerHandle): void {
    if (worker === this.#leader) this.#leader = undefined
  }
}
