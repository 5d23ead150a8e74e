/** A clock that stands still until it is advanced. */
import { TsrvError } from '../errors.ts'
import { type Duration, parseDuration } from '../util/duration.ts'

export class TestClock {
  #time: number

  constructor(time: number) {
    this.#time = time
  }

  /** Milliseconds since 1970. */
  readonly now = (): number => this.#time

  /** @throws TsrvError TSRV_TASK_OPTION_INVALID */
  advance(by: Duration): void {
    const time = parseDuration(by)
    if (time === undefined) {
      const expected = 'milliseconds, or a text such as 500ms, 5s, 2m, 1h'
      throw new TsrvError('TASK_OPTION_INVALID', {
        option: 'by',
        call: 'advance',
        value: String(by),
        expected,
      })
    }
    this.#time += time
  }
}
