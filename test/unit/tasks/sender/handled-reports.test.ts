import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { HandledReports } from '../../../../src/tasks/sender/handled-reports.ts'

describe('the memory for handled reports', () => {
  it('tells what is being handled from what has been', () => {
    const reports = new HandledReports()
    assert.deepEqual([reports.isOpen(1), reports.isDone(1)], [false, false])
    reports.begin(1)
    assert.deepEqual([reports.isOpen(1), reports.isDone(1)], [true, false])
    reports.end(1)
    assert.deepEqual([reports.isOpen(1), reports.isDone(1)], [false, true])
  })

  it('forgets the oldest, not the newest, and does not grow for ever', () => {
    const reports = new HandledReports()
    for (let id = 0; id < 100_000; id++) reports.end(id)
    assert.equal(reports.isDone(0), false)
    assert.equal(reports.isDone(99_999), true)
    const remembered = Array.from({ length: 100_000 }, (_, id) => id).filter((id) => reports.isDone(id))
    assert.equal(remembered.length, 2 ** 15)
  })
})
