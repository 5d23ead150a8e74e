/**
 * A clock that counts the time in which this process itself ran. After the sleep of a laptop, a Ctrl+Z or a long turn of
 * our own nobody was silent: nobody was listened to.
 */

/** Milliseconds between two looks that may count; the looks come every second. */
const LONGEST_GAP = 1500

export class Attention {
  readonly #now: () => number
  #lookedAt: number
  #counted = 0

  /** @param now milliseconds on a clock that only runs forward */
  constructor(now: () => number) {
    this.#now = now
    this.#lookedAt = now()
  }

  /** Milliseconds counted so far. */
  look(): number {
    const now = this.#now()
    this.#counted += Math.min(now - this.#lookedAt, LONGEST_GAP)
    this.#lookedAt = now
    return this.#counted
  }
}
