/** A clock that stands still until it is advanced. */
import { type Duration, requireDuration } from '../util/duration.ts'

export class TestClock {
  #time: number

  constructor(time: number) {
    this.#time = time
  }

  /** Milliseconds since 1970. */
  readonly now = (): number => this.#time

  /** @throws TsrvError TSRV_TASK_OPTION_INVALID */
  advance(by: Duration): void {
    this.#time += requireDuration(by, 'advance', 'by')
  }
}
