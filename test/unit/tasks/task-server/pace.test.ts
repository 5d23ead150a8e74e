import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Pace } from '../../../../src/tasks/task-server/pace.ts'

function ahead(...durations: number[]): number {
  const pace = new Pace()
  for (const duration of durations) pace.note(duration)
  return pace.tasksAhead
}

describe('claiming ahead', () => {
  it('waits until something is known', () => assert.equal(ahead(), 0))
  it('takes 4 ms of work, and no more than 32 tasks', () =>
    assert.deepEqual(
      [0, 0.01, 0.5, 1, 2, 4, 5].map((duration) => ahead(duration)),
      [32, 32, 8, 4, 2, 1, 0],
    ))
  it('ends with one long task, and comes back with short ones', () => {
    assert.equal(ahead(0.1, 0.1, 100), 0)
    assert.equal(ahead(100, ...Array.from({ length: 80 }, () => 0.1)), 32)
  })
})
