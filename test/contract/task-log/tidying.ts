/** Archiving and pruning. */
import assert from 'node:assert/strict'
import type { TaskLog } from '../../../src/tasks/task-log.ts'
import { bring, change, create, FENCE, known, type LogRule, START, statusOf } from './stage.ts'

export const TIDYING: readonly LogRule[] = [
  {
    rule: 'T23: archives what has ended, and says why it refuses the rest',
    async holds({ log, clock }) {
      await bring(log, 'completed', 1)
      await bring(log, 'failed', 2)
      await bring(log, 'cancelled', 3)
      await bring(log, 'unknown', 4)
      await create(log, 5)
      await bring(log, 'running', 6)
      await bring(log, 'archived', 7)
      clock.advance(7777)
      const result = await log.archive({ ids: [1, 2, 3, 4, 5, 6, 7, 99] })
      assert.deepEqual(result, {
        done: 4,
        refused: [
          { id: 5, reason: 'it has not run yet' },
          { id: 6, reason: 'it is in progress' },
          { id: 7, reason: 'it is archived already' },
          { id: 99, reason: 'there is no such task' },
        ],
      })
      const statuses = await Promise.all([1, 2, 3, 4, 5, 6, 7].map((id) => statusOf(log, id)))
      assert.deepEqual(statuses, [...Array(4).fill('archived'), 'enqueued', 'running', 'archived'])
      const { finishedAt, updatedAt } = await known(log, 1)
      assert.deepEqual({ finishedAt, updatedAt }, { finishedAt: START + 1001, updatedAt: clock.time })
    },
  },
  {
    rule: 'T23: archives what is in progress when forced, for good',
    async holds({ log, clock }) {
      await create(log, 1)
      await bring(log, 'running', 2)
      clock.advance(500)
      assert.deepEqual(await log.archive({ ids: [1, 2], force: true }), { done: 2, refused: [] })
      assert.equal(await log.transition(2, change('completed', FENCE)), false)
      assert.equal(await log.progress(2, FENCE, { completion: 1 }), false)
      const { status, finishedAt } = await known(log, 2)
      assert.deepEqual({ status, finishedAt }, { status: 'archived', finishedAt: clock.time })
    },
  },
  {
    rule: 'T23: archives by conditions',
    async holds({ log }) {
      await bring(log, 'completed', 1, 2)
      await bring(log, 'running', 3)
      await bring(log, 'failed', 4)
      const result = await log.archive({ where: { id: { gt: 1 }, status: { neq: 'failed' } } })
      assert.deepEqual(result, { done: 1, refused: [{ id: 3, reason: 'it is in progress' }] })
      assert.deepEqual(await log.archive({ where: { status: 'cancelled' } }), { done: 0, refused: [] })
      assert.deepEqual(await left(log, 4), ['completed', 'archived', 'running', 'failed'])
    },
  },
  {
    rule: 'archives more records at once than a page holds',
    async holds({ log }) {
      const ids = Array.from({ length: 1100 }, (_, index) => index + 1)
      await create(log, ...ids)
      await Promise.all(ids.map((id) => log.transition(id, change('cancelled', 0))))
      assert.deepEqual(await log.archive({ where: {} }), { done: 1100, refused: [] })
    },
  },
  {
    rule: 'prunes ended records that are too old, in slices',
    async holds({ log }) {
      await bring(log, 'completed', 1, 2, 3, 5)
      await bring(log, 'archived', 4)
      await bring(log, 'running', 6)
      await create(log, 7)
      const limits = { olderThan: START + 1005, keep: 100, slice: 3 }
      assert.equal(await log.prune(limits), 3)
      assert.deepEqual(await left(log, 7), [
        undefined,
        undefined,
        undefined,
        'archived',
        'completed',
        'running',
        'enqueued',
      ])
      assert.equal(await log.prune(limits), 1)
      assert.equal(await log.prune(limits), 0)
      assert.deepEqual((await left(log, 7)).slice(3), [undefined, 'completed', 'running', 'enqueued'])
    },
  },
  {
    rule: 'prunes ended records beyond the number that stays, the oldest first',
    async holds({ log }) {
      await bring(log, 'running', 1)
      await bring(log, 'completed', 4, 3, 5, 2)
      assert.equal(await log.prune({ olderThan: 0, keep: 2, slice: 100 }), 2)
      assert.deepEqual(await left(log, 5), ['running', undefined, undefined, 'completed', 'completed'])
      assert.equal(await log.prune({ olderThan: 0, keep: 2, slice: 100 }), 0)
    },
  },
]

async function left(log: TaskLog, last: number): Promise<unknown[]> {
  return Promise.all(Array.from({ length: last }, (_, index) => statusOf(log, index + 1)))
}
