import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { judgeDeaths } from '../../../src/supervisor/restart-policy.ts'

const limits = { maxRestarts: 10, restartWindow: 60_000 }
const deathsAtOnce = (count: number): number[] => Array.from({ length: count }, () => 0)

describe('the restart policy', () => {
  it('fills the place at once after a first death', () => {
    assert.deepEqual(judgeDeaths([5], 5, limits), { pause: 0, isUnhealthy: false })
  })

  it('waits longer each time, up to 5 seconds', () => {
    const pauses = [2, 3, 4, 5, 6, 7, 8, 9].map((count) => judgeDeaths(deathsAtOnce(count), 0, limits).pause)
    assert.deepEqual(pauses, [100, 200, 400, 800, 1600, 3200, 5000, 5000])
  })

  it('forgets a death after the window', () => {
    assert.equal(judgeDeaths([0, 59_999], 59_999, limits).pause, 100)
    assert.equal(judgeDeaths([0, 60_000], 60_000, limits).pause, 0)
  })

  it('calls more than maxRestarts within the window unhealthy', () => {
    assert.equal(judgeDeaths(deathsAtOnce(10), 0, limits).isUnhealthy, false)
    assert.deepEqual(judgeDeaths(deathsAtOnce(11), 0, limits), { pause: 30_000, isUnhealthy: true })
  })

  it('tries an unhealthy place again after half a short window', () => {
    const verdict = judgeDeaths([0, 0], 0, { maxRestarts: 1, restartWindow: 2000 })
    assert.deepEqual(verdict, { pause: 1000, isUnhealthy: true })
  })

  it('never shortens the pause with one more death', () => {
    fc.assert(
      fc.property(fc.nat(40), fc.integer({ min: 0, max: 40 }), (count, maxRestarts) => {
        const own = { ...limits, maxRestarts }
        const fewer = judgeDeaths(deathsAtOnce(count), 0, own)
        const more = judgeDeaths(deathsAtOnce(count + 1), 0, own)
        assert.ok(more.pause >= fewer.pause)
        assert.ok(more.isUnhealthy || !fewer.isUnhealthy)
      }),
    )
  })
})
