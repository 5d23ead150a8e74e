/**
 * Ends of tasks whose reports went to somebody else while their sender had no line: should it come back, those who
 * wait in it have to hear of them. Kept for a while only, as most such senders are gone for good.
 */
import type { TaskEnd } from '../task.ts'

export interface MissedEnd {
  readonly id: number
  /** See `ReportAddress`. */
  readonly client: string
  readonly end: TaskEnd
}

export interface MissedEndsLimits {
  readonly count: number
  /** Of all results; a single larger one is kept alone. */
  readonly bytes: number
  /** Milliseconds. */
  readonly age: number
}

const LIMITS: MissedEndsLimits = { count: 10_000, bytes: 32 * 1024 ** 2, age: 10 * 60_000 }

export class MissedEnds {
  readonly #limits: MissedEndsLimits
  readonly #now: () => number
  /** The oldest first. */
  readonly #ends = new Map<number, MissedEnd & { readonly since: number }>()
  #bytes = 0

  constructor(limits: MissedEndsLimits = LIMITS, now: () => number = () => performance.now()) {
    this.#limits = limits
    this.#now = now
  }

  keep({ id, client, end }: MissedEnd): void {
    this.delete(id)
    this.#ends.set(id, { id, client, end, since: this.#now() })
    this.#bytes += end.result.length
    this.#dropSome()
  }

  delete(id: number): void {
    const missed = this.#ends.get(id)
    if (missed === undefined) return
    this.#ends.delete(id)
    this.#bytes -= missed.end.result.length
  }

  /** They stay: what is sent now may get lost with the line. */
  of(client: string): readonly MissedEnd[] {
    this.#dropSome()
    return [...this.#ends.values()].filter((missed) => missed.client === client)
  }

  #dropSome(): void {
    const { count, bytes, age } = this.#limits
    const deadline = this.#now() - age
    for (const [id, { since }] of this.#ends) {
      const isTooMuch = this.#ends.size > count || (this.#bytes > bytes && this.#ends.size > 1)
      if (!isTooMuch && since > deadline) return
      this.delete(id)
    }
  }
}
