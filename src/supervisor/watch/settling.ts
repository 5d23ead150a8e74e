/**
 * When it is time to look at changes: not at the first sign of them, because a save is often many (truncated and then
 * written, formatted right after, one branch taken for another), but not for ever later either.
 */
import { setTimeout as sleep } from 'node:timers/promises'

/** Milliseconds without a new sign. */
const QUIET = 25
/** Milliseconds since the first sign. */
const LONGEST = 1000

/** Moments in milliseconds on one clock. */
export interface Signs {
  readonly first: number
  readonly last: number
}

export function timeToLook({ first, last }: Signs): number {
  return Math.min(last + QUIET, first + LONGEST)
}

export interface Clock {
  now(): number
  /** A short while. */
  wait(ms: number): Promise<void>
}

const CLOCK: Clock = {
  now: () => performance.now(),
  wait: (ms) => sleep(ms),
}

export class Settling {
  readonly #clock: Clock
  /** Since the last look. */
  #signs: Signs | undefined
  #sign = Promise.withResolvers<void>()

  constructor(clock: Clock = CLOCK) {
    this.#clock = clock
  }

  /** Something may have changed. */
  touch(): void {
    const last = this.#clock.now()
    this.#signs = { first: this.#signs?.first ?? last, last }
    this.#sign.resolve()
  }

  /**
   * Resolves when there have been signs and it is time to look; those that come later count for the next call.
   *
   * @returns false when the signal has aborted before that
   */
  async settled(signal: AbortSignal): Promise<boolean> {
    const stop = (): void => this.#sign.resolve()
    signal.addEventListener('abort', stop)
    try {
      if (!signal.aborted) await this.#sign.promise
      while (this.#signs !== undefined && !signal.aborted) {
        const left = timeToLook(this.#signs) - this.#clock.now()
        if (left <= 0) this.#signs = undefined
        else await this.#clock.wait(left)
      }
    } finally {
      signal.removeEventListener('abort', stop)
    }
    this.#sign = Promise.withResolvers()
    return !signal.aborted
  }
}
