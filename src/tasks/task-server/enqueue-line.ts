/**
 * Brings tasks into the broker in the order they came: several batches at a time while all is well. Once it refuses
 * one, the earliest insists, and the others stand in line behind it.
 */
import type { EnqueueResult } from '../broker.ts'
import { insist, type InsistOptions, isPassing } from './insist.ts'

type Enqueue = () => Promise<readonly EnqueueResult[]>

interface Batch {
  readonly number: number
  readonly enqueue: Enqueue
  readonly stored: PromiseWithResolvers<readonly EnqueueResult[]>
}

export class EnqueueLine {
  readonly #options: InsistOptions
  readonly #asked = new Set<Promise<void>>()
  /** Refused, or came after one that was; the earliest first. */
  readonly #waiting: Batch[] = []
  #last = 0
  #isInsisting = false

  /** @param options when `signal` aborts, what stands in line is rejected */
  constructor(options: InsistOptions) {
    this.#options = options
  }

  /**
   * @param enqueue called again as long as the broker is out of order
   * @throws what is not TSRV_BROKER_UNAVAILABLE
   */
  add(enqueue: Enqueue): Promise<readonly EnqueueResult[]> {
    const batch: Batch = { number: ++this.#last, enqueue, stored: Promise.withResolvers() }
    if (this.#isInsisting) this.#waiting.push(batch)
    else this.#ask(batch)
    return batch.stored.promise
  }

  #ask(batch: Batch): void {
    const asked = batch.enqueue().then(batch.stored.resolve, (error: unknown) => this.#refused(batch, error))
    this.#asked.add(asked)
    void asked.then(() => this.#asked.delete(asked))
  }

  #refused(batch: Batch, error: unknown): void {
    if (!isPassing(error) || this.#options.signal.aborted) return batch.stored.reject(error)
    this.#waiting.push(batch)
    this.#waiting.sort((one, other) => one.number - other.number)
    if (!this.#isInsisting) void this.#insist()
  }

  async #insist(): Promise<void> {
    this.#isInsisting = true
    // One that came earlier may be refused as well.
    await Promise.all(this.#asked)
    const first = this.#waiting.shift()
    if (first !== undefined) {
      await insist(first.enqueue, this.#options).then(first.stored.resolve, first.stored.reject)
    }
    this.#isInsisting = false
    const { signal } = this.#options
    for (const batch of this.#waiting.splice(0)) {
      if (signal.aborted) batch.stored.reject(signal.reason)
      else this.#ask(batch)
    }
  }
}
