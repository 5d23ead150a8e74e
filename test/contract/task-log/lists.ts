/** Searching: conditions, orders, pages, numbers. */
import assert from 'node:assert/strict'
import type { TaskLog } from '../../../src/tasks/task-log.ts'
import type { TaskQuery } from '../../../src/tasks/task-log/query.ts'
import { bring, change, create, known, type LogRule, newRecord, plain, START } from './stage.ts'

export const LISTS: readonly LogRule[] = [
  {
    rule: 'S17: lists records newest first, without data and result',
    async holds({ log }) {
      await log.create([
        newRecord(5, { createdAt: START + 1 }),
        newRecord(2, { createdAt: START + 3 }),
        newRecord(9, { createdAt: START + 3 }),
      ])
      await log.transition(5, change('completed', 1, { result: new Uint8Array(3) }))
      const { records, next } = await log.search({})
      assert.deepEqual(
        records.map(({ id }) => id),
        [9, 2, 5],
      )
      assert.equal(next, undefined)
      const { data: _, result: __, ...summary } = plain(await known(log, 5))
      assert.deepEqual(plain(records[2] ?? {}), summary)
    },
  },
  {
    rule: 'gives pages of 20, or of at most 1000',
    async holds({ log }) {
      await create(log, ...Array.from({ length: 1003 }, (_, index) => index + 1))
      const sizes = await Promise.all(
        [{}, { limit: 7 }, { limit: 5000 }, { limit: 0 }].map(
          async (query) => (await log.search(query)).records.length,
        ),
      )
      assert.deepEqual(sizes, [20, 7, 1000, 1])
    },
  },
  {
    rule: 'S17, T38: names the next page only when there is one',
    async holds({ log }) {
      await create(log, 1, 2, 3, 4)
      assert.deepEqual(await pages(log, { limit: 2 }), [
        [4, 3],
        [2, 1],
      ])
      assert.deepEqual(await pages(log, { limit: 3 }), [[4, 3, 2], [1]])
      assert.deepEqual(await pages(log, { where: { id: 77 } }), [[]])
    },
  },
  {
    rule: 'T38: neither repeats nor skips records when others come or go between two pages',
    async holds({ log }) {
      await create(log, 2, 4, 6, 8, 10, 12)
      const first = await log.search({ limit: 2 })
      assert.ok(first.next !== undefined)
      // Newer ones, older ones, and the very one where the page ended.
      await create(log, 14, 13, 3)
      await log.archive({ ids: [10, 12], force: true })
      const second = await log.search({ limit: 3, cursor: first.next })
      const shown = [first, second].map(({ records }) => records.map(({ id }) => id))
      assert.deepEqual(shown, [
        [12, 10],
        [8, 6, 4],
      ])
    },
  },
  {
    rule: 'refuses a cursor of another order, and what is none',
    async holds({ log }) {
      await create(log, 1, 2)
      const { next } = await log.search({ limit: 1 })
      assert.ok(next !== undefined)
      const refused = [
        { cursor: next, sort: { by: 'id', order: 'desc' } },
        { cursor: next, sort: { by: 'createdAt', order: 'asc' } },
        { cursor: 'nonsense' },
        { cursor: '' },
      ] as const satisfies TaskQuery[]
      for (const query of refused) {
        await assert.rejects(log.search(query), { code: 'TSRV_TASK_QUERY_INVALID' })
      }
    },
  },
  {
    rule: 'T25: leaves archived records out unless there is a condition on the status',
    async holds({ log }) {
      await bring(log, 'archived', 1)
      await bring(log, 'completed', 2)
      assert.deepEqual(await pages(log, {}), [[2]])
      assert.deepEqual(await pages(log, { where: { name: 'SendMail' } }), [[2]])
      assert.deepEqual(await pages(log, { where: { status: 'archived' } }), [[1]])
      assert.deepEqual(await pages(log, { where: { status: { neq: 'failed' } } }), [[2, 1]])
    },
  },
  {
    rule: 'S17, T24: counts the records that match in each category',
    async holds({ log }) {
      const none = { created: 0, in_progress: 0, completed: 0, failed: 0, cancelled: 0, archived: 0 }
      assert.deepEqual({ ...(await log.stats({})) }, none)
      await bring(log, 'enqueued', 1, 2)
      await bring(log, 'dequeued', 3)
      await bring(log, 'running', 4)
      await bring(log, 'child_running', 5)
      await bring(log, 'completed', 6)
      await bring(log, 'failed', 7)
      await bring(log, 'unknown', 8)
      await bring(log, 'cancelled', 9)
      await bring(log, 'archived', 10)
      const all = { created: 2, in_progress: 3, completed: 1, failed: 2, cancelled: 1, archived: 0 }
      assert.deepEqual({ ...(await log.stats(undefined)) }, all)
      assert.deepEqual({ ...(await log.stats({ status: 'archived' })) }, { ...none, archived: 1 })
      assert.deepEqual({ ...(await log.stats({ id: { gt: 7 } })) }, { ...none, failed: 1, cancelled: 1 })
    },
  },
]

/** The ids of every page, by following the cursors. */
export async function pages(log: TaskLog, query: TaskQuery): Promise<number[][]> {
  const { records, next } = await log.search(query)
  const page = records.map(({ id }) => id)
  return next === undefined ? [page] : [page, ...(await pages(log, { ...query, cursor: next }))]
}
