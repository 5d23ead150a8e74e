import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ownIds } from '../../../src/entry/own-ids.ts'

describe('ids for few tasks', () => {
  it('come from one range after the other, each once, also for many who ask at the same time', async () => {
    let requests = 0
    const nextId = ownIds(async () => {
      const first = requests++ * 100
      return { first, last: first + 2 }
    })
    const ids = await Promise.all(Array.from({ length: 8 }, nextId))
    assert.deepEqual(ids, [0, 1, 2, 100, 101, 102, 200, 201])
    assert.equal(requests, 3)
  })
})
