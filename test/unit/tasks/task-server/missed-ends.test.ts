/** Ends that wait for a sender that may come back: which ones, and how many. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { MissedEnds, type MissedEnd } from '../../../../src/tasks/task-server/missed-ends.ts'

const LIMITS = { count: 3, bytes: 100, age: 1000 }

function missed(id: number, bytes = 1, client = 'a'): MissedEnd {
  const meta = { failed: false, attempt: 1, duration: 1, redelivered: false, workerId: 0 }
  return { id, client, end: { state: 'completed', meta, result: new Uint8Array(bytes) } }
}

function idsOf(ends: MissedEnds, client = 'a'): number[] {
  return ends.of(client).map(({ id }) => id)
}

describe('missed ends', () => {
  it('are those of one sender, the oldest first, as often as it comes', () => {
    const ends = new MissedEnds(LIMITS)
    ends.keep(missed(2))
    ends.keep(missed(1))
    ends.keep(missed(3, 1, 'b'))
    assert.deepEqual([idsOf(ends), idsOf(ends), idsOf(ends, 'b')], [[2, 1], [2, 1], [3]])
  })

  it('are so many at most: the oldest go', () => {
    const ends = new MissedEnds(LIMITS)
    for (const id of [1, 2, 2, 3, 4, 5]) ends.keep(missed(id))
    assert.deepEqual(idsOf(ends), [3, 4, 5])
  })

  it('have so many bytes at most, but the newest stays', () => {
    const ends = new MissedEnds(LIMITS)
    for (const id of [1, 2, 3]) ends.keep(missed(id, 50))
    assert.deepEqual(idsOf(ends), [2, 3])
    ends.delete(2)
    ends.keep(missed(4, 50))
    assert.deepEqual(idsOf(ends), [3, 4])
    ends.keep(missed(5, 1000))
    assert.deepEqual(idsOf(ends), [5])
  })

  it('go when they are old', () => {
    let now = 0
    const ends = new MissedEnds(LIMITS, () => now)
    ends.keep(missed(1))
    now = 600
    ends.keep(missed(2))
    now = 1000
    assert.deepEqual(idsOf(ends), [2])
    now = 1600
    assert.deepEqual(idsOf(ends), [])
  })
})
