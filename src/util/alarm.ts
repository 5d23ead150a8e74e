/** One timer that rings at times of the wall clock, never before them. */

/** Timers stand still while a machine sleeps and ignore corrections of its clock: look again at least this often. */
const LONGEST_SLEEP = 60_000

export class Alarm {
  readonly #ring: () => void
  readonly #now: () => number
  #at = Infinity
  #timer: NodeJS.Timeout | undefined

  constructor(ring: () => void, now: () => number) {
    this.#ring = ring
    this.#now = now
  }

  /** Rings at `at`, in milliseconds since 1970, unless it is to ring earlier anyway; then it must be set anew. */
  set(at: number): void {
    if (at >= this.#at) return
    this.#at = at
    this.#sleep()
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#at = Infinity
  }

  #sleep(): void {
    clearTimeout(this.#timer)
    // Node's timers may fire up to a millisecond before the wall clock shows the time.
    const left = Math.max(this.#at - this.#now(), 1)
    this.#timer = setTimeout(() => this.#look(), Math.min(left, LONGEST_SLEEP)).unref()
  }

  #look(): void {
    if (this.#now() < this.#at) return this.#sleep()
    this.#at = Infinity
    this.#ring()
  }
}
