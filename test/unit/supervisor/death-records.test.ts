import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { DeathRecords } from '../../../src/supervisor/death-records.ts'

const limits = { maxRestarts: 3, restartWindow: 60_000 }
const place = { role: 'http-worker', slot: 0 } as const
const other = { role: 'http-worker', slot: 1 } as const

describe('the records of deaths', () => {
  it('find a place unhealthy whose boots always fail, however slow they are', () => {
    const records = new DeathRecords(() => limits)
    const verdicts = [1, 2, 3, 4].map(() => records.died(place, 0).isUnhealthy)
    assert.deepEqual(verdicts, [false, false, false, true])
  })

  it('forget the deaths before a child that lived for the window', () => {
    const records = new DeathRecords(() => limits)
    for (let death = 0; death < 4; death += 1) records.died(place, 0)
    assert.deepEqual(records.died(place, 60_000), { pause: 0, isUnhealthy: false })
  })

  it('forgive a child that dies now and then', () => {
    const records = new DeathRecords(() => limits)
    for (let death = 0; death < 50; death += 1) {
      assert.equal(records.died(place, 30_000).isUnhealthy, false)
    }
  })

  it('keep the places apart', () => {
    const records = new DeathRecords(() => limits)
    records.died(place, 0)
    assert.equal(records.died(other, 0).pause, 0)
    assert.equal(records.died({ role: 'task-server', slot: 0 }, 0).pause, 0)
  })

  it('count as restart what follows a death, for ever', () => {
    const records = new DeathRecords(() => limits)
    records.filled(place)
    assert.equal(records.restarts(place), 0)
    for (let death = 0; death < 5; death += 1) {
      records.died(place, 100_000)
      assert.equal(records.restarts(place), death, 'not before the place is filled')
      records.filled(place)
    }
    assert.equal(records.restarts(place), 5)
    assert.equal(records.restarts(other), 0)
  })

  it('forgive what died before new code came, and go on counting its restarts', () => {
    const records = new DeathRecords(() => limits)
    for (let death = 0; death < 5; death += 1) {
      records.died(place, 0)
      records.filled(place)
    }
    records.forgive('task-server')
    assert.equal(records.died(place, 0).isUnhealthy, true)
    records.filled(place)
    records.forgive('http-worker')
    assert.deepEqual(records.died(place, 0), { pause: 0, isUnhealthy: false })
    assert.equal(records.restarts(place), 6)
  })

  it('count no restart for what follows a child that was told to leave', () => {
    const records = new DeathRecords(() => limits)
    records.died(place, 0)
    records.filled(place)
    records.filled(place)
    assert.equal(records.restarts(place), 1)
  })
})
