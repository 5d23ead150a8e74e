import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { Alarm } from '../../../src/util/alarm.ts'

interface Watch {
  readonly alarm: Alarm
  readonly rung: number[]
  time: number
}

function watch(t: TestContext): Watch {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const watch: Watch = {
    time: 1000,
    rung: [],
    alarm: new Alarm(
      () => watch.rung.push(watch.time),
      () => watch.time,
    ),
  }
  return watch
}

/** The wall clock and the timers go on together. */
function pass(t: TestContext, watch: Watch, ms: number): void {
  watch.time += ms
  t.mock.timers.tick(ms)
}

describe('an alarm', () => {
  it('rings once, at the earliest time it was set to', (t) => {
    const it = watch(t)
    it.alarm.set(1300)
    it.alarm.set(1200)
    it.alarm.set(1400)
    pass(t, it, 199)
    assert.deepEqual(it.rung, [])
    pass(t, it, 1)
    pass(t, it, 1000)
    assert.deepEqual(it.rung, [1200])
  })

  it('does not ring before the wall clock shows the time', (t) => {
    const it = watch(t)
    it.alarm.set(1200)
    it.time += 150
    t.mock.timers.tick(200)
    assert.deepEqual(it.rung, [])
    it.time += 50
    t.mock.timers.tick(50)
    assert.deepEqual(it.rung, [1200])
  })

  it('rings for a time that has passed', (t) => {
    const it = watch(t)
    it.alarm.set(5)
    pass(t, it, 1)
    assert.deepEqual(it.rung, [1001])
  })

  it('notices within a minute that the clock was put forward', (t) => {
    const it = watch(t)
    it.alarm.set(1000 + 86_400_000)
    it.time += 86_400_000
    t.mock.timers.tick(60_000)
    assert.equal(it.rung.length, 1)
  })

  it('can be set again after it rang, and stopped', (t) => {
    const it = watch(t)
    it.alarm.set(1100)
    pass(t, it, 100)
    it.alarm.set(1200)
    pass(t, it, 100)
    it.alarm.set(1300)
    it.alarm.stop()
    pass(t, it, 500)
    assert.deepEqual(it.rung, [1100, 1200])
  })
})
