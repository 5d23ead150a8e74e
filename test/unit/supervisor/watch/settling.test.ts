import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { type Clock, Settling, timeToLook } from '../../../../src/supervisor/watch/settling.ts'

/** Time passes when it is told to. */
class FakeClock implements Clock {
  at = 0
  #waits: { readonly until: number; readonly over: () => void }[] = []

  now(): number {
    return this.at
  }

  wait(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#waits.push({ until: this.at + ms, over: resolve })
    return promise
  }

  /** Millisecond by millisecond, and whoever waits does what comes next. */
  async pass(ms: number): Promise<void> {
    for (const end = this.at + ms; this.at < end;) {
      await new Promise((resolve) => setImmediate(resolve))
      this.at += 1
      for (const { until, over } of this.#waits) if (until <= this.at) over()
      this.#waits = this.#waits.filter(({ until }) => until > this.at)
    }
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** The times at which it was time to look. */
function looksOf(settling: Settling, clock: FakeClock): number[] {
  const looks: number[] = []
  const look = async (): Promise<void> => {
    while (await settling.settled(never)) looks.push(clock.at)
  }
  void look()
  return looks
}

const never = new AbortController().signal

describe('the time to look at changes', () => {
  it('is a little after the last sign, and at most a second after the first', () => {
    assert.equal(timeToLook({ first: 0, last: 0 }), 25)
    assert.equal(timeToLook({ first: 0, last: 100 }), 125)
    assert.equal(timeToLook({ first: 0, last: 990 }), 1000)
  })

  it('comes after one save', async () => {
    const clock = new FakeClock()
    const settling = new Settling(clock)
    const looks = looksOf(settling, clock)
    settling.touch()
    await clock.pass(200)
    assert.deepEqual(looks, [25])
  })

  it('comes once for a save that is many writes', async () => {
    const clock = new FakeClock()
    const settling = new Settling(clock)
    const looks = looksOf(settling, clock)
    for (let write = 0; write < 5; write += 1) {
      settling.touch()
      await clock.pass(20)
    }
    await clock.pass(200)
    assert.deepEqual(looks, [80 + 25])
  })

  it('comes in spite of somebody who never stops writing', async () => {
    const clock = new FakeClock()
    const settling = new Settling(clock)
    const looks = looksOf(settling, clock)
    for (let write = 0; write < 250; write += 1) {
      settling.touch()
      await clock.pass(10)
    }
    assert.deepEqual(
      looks.map((at) => Math.round(at / 100)),
      [10, 20],
    )
  })

  it('comes at once for signs that are old when somebody waits, such as those during a reload', async () => {
    const clock = new FakeClock()
    const settling = new Settling(clock)
    settling.touch()
    await clock.pass(300)
    await settling.settled(never)
    assert.equal(clock.at, 300)
  })

  it('comes once for all signs since the last time', async () => {
    const clock = new FakeClock()
    const settling = new Settling(clock)
    for (let save = 0; save < 500; save += 1) settling.touch()
    const looks = looksOf(settling, clock)
    await clock.pass(2000)
    assert.equal(looks.length, 1)
  })

  it('does not come any more once the signal aborts', async () => {
    const settling = new Settling(new FakeClock())
    const stop = new AbortController()
    const settled = settling.settled(stop.signal)
    stop.abort()
    assert.equal(await settled, false)
    assert.equal(await settling.settled(stop.signal), false)
    settling.touch()
    assert.equal(await settling.settled(stop.signal), false)
  })

  it('comes soon after every sign, whenever they come', async () => {
    const pauses = fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 40 })
    await fc.assert(
      fc.asyncProperty(pauses, async (pauses) => {
        const clock = new FakeClock()
        const settling = new Settling(clock)
        const looks = looksOf(settling, clock)
        const signs: number[] = []
        for (const pause of pauses) {
          signs.push(clock.at)
          settling.touch()
          await clock.pass(pause)
        }
        await clock.pass(30)
        for (const sign of signs) {
          const seen = looks.find((look) => look > sign)
          assert.ok(seen !== undefined && seen - sign <= 1000, `the sign at ${sign}: ${looks.join()}`)
        }
        assert.ok(looks.length <= signs.length)
      }),
      { numRuns: 30 },
    )
  })
})
