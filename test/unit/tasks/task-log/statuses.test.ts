import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  archiveRefusal,
  CATEGORIES,
  CATEGORY_LABELS,
  CATEGORY_OF,
  mayChange,
  sourcesOf,
  STATUSES,
  type TaskStatus,
} from '../../../../src/tasks/task-log/statuses.ts'

const may = (from: TaskStatus, to: TaskStatus, fence = 2): boolean =>
  mayChange({ status: from, fence: 1 }, { to, fence })

describe('the statuses of a task', () => {
  it('T17: lead from the queue to one end', () => {
    assert.ok(may('enqueued', 'dequeued'))
    assert.ok(may('dequeued', 'running'))
    assert.ok(may('running', 'child_running'))
    assert.ok(may('child_running', 'completed'))
    assert.ok(may('running', 'enqueued'))
  })

  it('T17: have ends that no other end follows', () => {
    const ends = ['completed', 'failed', 'cancelled', 'archived'] as const
    for (const one of ends) {
      for (const other of ['completed', 'failed', 'cancelled', 'running', 'unknown'] as const) {
        assert.equal(may(one, other), false, `${one} to ${other}`)
      }
    }
  })

  it('let a failed task be put back in line, and a completed or cancelled one never', () => {
    const revived = STATUSES.filter((status) => may(status, 'enqueued', 0))
    assert.deepEqual(revived, ['failed', 'archived', 'unknown'])
  })

  it('let only ended tasks be archived by a change', () => {
    assert.deepEqual(sourcesOf('archived'), ['completed', 'failed', 'cancelled', 'unknown'])
  })

  it('let a task run again under a newer claim only', () => {
    assert.equal(may('running', 'running', 1), false)
    assert.equal(may('running', 'running', 2), true)
  })

  it('let a claimant speak while it holds the task, and not afterwards', () => {
    assert.equal(may('running', 'completed', 1), true)
    assert.equal(may('running', 'completed', 0), false)
    assert.equal(may('enqueued', 'completed', 1), false)
    assert.equal(may('enqueued', 'cancelled', 0), true)
  })

  it('T18: belong to one category each, and every category has a label', () => {
    const members = CATEGORIES.map((category) =>
      STATUSES.filter((status) => CATEGORY_OF[status] === category),
    )
    assert.deepEqual(members, [
      ['enqueued'],
      ['dequeued', 'running', 'child_running'],
      ['completed'],
      ['failed', 'unknown'],
      ['cancelled'],
      ['archived'],
    ])
    assert.equal(CATEGORY_LABELS.in_progress, 'In Progress')
  })

  it('say why a record cannot be archived', () => {
    assert.equal(archiveRefusal('running', false), 'it is in progress')
    assert.equal(archiveRefusal('enqueued', false), 'it has not run yet')
    assert.equal(archiveRefusal('archived', true), 'it is archived already')
    assert.equal(archiveRefusal(undefined, true), 'there is no such task')
    assert.equal(archiveRefusal('running', true), undefined)
    assert.equal(archiveRefusal('unknown', false), undefined)
  })
})
