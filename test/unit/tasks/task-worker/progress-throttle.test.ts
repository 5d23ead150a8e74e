/** What of many progress reports leaves the thread. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { ProgressThrottle, type ThrottleClock } from '../../../../src/tasks/task-worker/progress-throttle.ts'

class HandClock implements ThrottleClock {
  time = 0
  #timers: { readonly at: number; readonly callback: () => void }[] = []
  readonly now = (): number => this.time
  readonly later = (callback: () => void, ms: number): (() => void) => {
    const timer = { at: this.time + ms, callback }
    this.#timers.push(timer)
    return () => (this.#timers = this.#timers.filter((one) => one !== timer))
  }

  /** A synchronous loop passes time without letting timers fire. */
  pass(ms: number, isSynchronous: boolean): void {
    this.time += ms
    if (isSynchronous) return
    for (const { callback } of this.#timers.filter(({ at }) => at <= this.time)) callback()
  }
}

function throttled(): { clock: HandClock; sent: [number, number][]; throttle: ProgressThrottle } {
  const clock = new HandClock()
  const sent: [number, number][] = []
  const throttle = new ProgressThrottle(({ completion = -1 }) => sent.push([clock.time, completion]), clock)
  return { clock, sent, throttle }
}

describe('the progress throttle', () => {
  it('lets the first report pass at once, and later the last one of each interval', () => {
    const { clock, sent, throttle } = throttled()
    for (const completion of [1, 2, 3]) throttle.report({ completion })
    clock.pass(100, false)
    throttle.report({ completion: 4 })
    clock.pass(100, false)
    assert.deepEqual(sent, [
      [0, 1],
      [100, 3],
      [200, 4],
    ])
  })

  it('needs no timer in a synchronous loop', () => {
    const { clock, sent, throttle } = throttled()
    for (let completion = 0; completion <= 300; completion++) {
      throttle.report({ completion })
      clock.pass(1, true)
    }
    assert.deepEqual(
      sent.map(([, completion]) => completion),
      [0, 100, 200, 300],
    )
  })

  it('S8: drops what is reported after the end', () => {
    const { sent, throttle } = throttled()
    throttle.end()
    throttle.report({ completion: 1 })
    assert.deepEqual(sent, [])
  })

  it('never loses the last report, keeps their order, and sends at most one per interval', () => {
    const step = fc.record({ ms: fc.integer({ min: 0, max: 250 }), isSynchronous: fc.boolean() })
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 50 }), (steps) => {
        const { clock, sent, throttle } = throttled()
        for (const [completion, { ms, isSynchronous }] of steps.entries()) {
          throttle.report({ completion })
          clock.pass(ms, isSynchronous)
        }
        const beforeEnd = sent.map(([at]) => at)
        throttle.end()
        const values = sent.map(([, completion]) => completion)
        assert.equal(values.at(-1), steps.length - 1)
        assert.deepEqual(
          values,
          values.toSorted((one, other) => one - other),
        )
        for (const [index, at] of beforeEnd.entries()) {
          if (index > 0) assert.ok(at - (beforeEnd[index - 1] ?? 0) >= 100)
        }
      }),
    )
  })
})
