/** The heartbeat of one process as it is heard. Pure: the time is passed in. */
import type { Beat, RequestNote } from '../wire/heartbeat.ts'

export interface Blocked {
  /** Milliseconds, at the last look. */
  readonly silence: number
  /** What an HTTP worker had noted before. */
  readonly note: RequestNote | undefined
}

/** The longest delay of this many beats is shown, so that whoever looks now and then sees it. */
const REMEMBERED = 10

export class Pulse {
  #delays: readonly number[] = []
  #last: Beat | undefined
  #heardAt: number | undefined
  #blocked: Blocked | undefined

  /** @returns whether it had been found blocked */
  beat(beat: Beat, now: number): boolean {
    const wasBlocked = this.#blocked !== undefined
    this.#blocked = undefined
    this.#last = beat
    this.#heardAt = now
    this.#delays = [...this.#delays, beat.delay].slice(-REMEMBERED)
    return wasBlocked
  }

  /** Milliseconds without a beat; the first look at a process counts as one. */
  silence(now: number): number {
    this.#heardAt ??= now
    return now - this.#heardAt
  }

  /** It is silent for too long. */
  block(blocked: Blocked): void {
    this.#blocked = blocked
  }

  get blocked(): Blocked | undefined {
    return this.#blocked
  }

  get last(): Beat | undefined {
    return this.#last
  }

  /** Milliseconds by which its event loop was late at worst in the last seconds. */
  get delay(): number | undefined {
    return this.#delays.length === 0 ? undefined : Math.max(...this.#delays)
  }
}
