/** Progress of one task on its way out of the thread: the last value in each interval, and the last one of all. */
import type { Progress } from '../../server.ts'

const INTERVAL = 100

export interface ThrottleClock {
  readonly now: () => number
  /** @returns what cancels it */
  readonly later: (callback: () => void, ms: number) => () => void
}

const CLOCK: ThrottleClock = {
  now: () => performance.now(),
  later: (callback, ms) => {
    const timer = setTimeout(callback, ms).unref()
    return () => clearTimeout(timer)
  },
}

export class ProgressThrottle {
  readonly #send: (progress: Progress) => void
  readonly #clock: ThrottleClock
  #sentAt = -Infinity
  #waiting: Progress | undefined
  #cancelTimer: (() => void) | undefined
  #isEnded = false

  constructor(send: (progress: Progress) => void, clock = CLOCK) {
    this.#send = send
    this.#clock = clock
  }

  report(progress: Progress): void {
    if (this.#isEnded) return
    this.#waiting = progress
    const wait = this.#sentAt + INTERVAL - this.#clock.now()
    // A synchronous loop lets no timer fire: its next report finds that the interval is over.
    if (wait <= 0) this.#flush()
    else this.#cancelTimer ??= this.#clock.later(() => this.#flush(), wait)
  }

  /** Sends what still waits; reports that come later are dropped. */
  end(): void {
    this.#isEnded = true
    this.#flush()
  }

  #flush(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
    const progress = this.#waiting
    if (progress === undefined) return
    this.#waiting = undefined
    this.#sentAt = this.#clock.now()
    this.#send(progress)
  }
}
