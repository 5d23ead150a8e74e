/** Parents and children: T20. */
import assert from 'node:assert/strict'
import type { TaskLog } from '../../../src/tasks/task-log.ts'
import type { TaskStatus } from '../../../src/tasks/task-log/statuses.ts'
import { change, FENCE, known, type LogRule, newRecord, START, statusOf } from './stage.ts'

const PARENT = 1

/** A running parent with so many running children, numbered from 2. */
async function family(log: TaskLog, children: number, masterStatus?: true): Promise<void> {
  await log.create([newRecord(PARENT, masterStatus === undefined ? {} : { masterStatus })])
  const ids = Array.from({ length: children }, (_, index) => index + 2)
  await log.create(ids.map((id) => newRecord(id, { parentId: PARENT })))
  for (const id of [PARENT, ...ids]) await log.transition(id, change('running', FENCE))
}

function end(log: TaskLog, id: number, to: TaskStatus, at = START + 1000): Promise<boolean> {
  return log.transition(id, { ...change(to, FENCE), at, ...(id !== PARENT && { parentId: PARENT }) })
}

export const CHILDREN: readonly LogRule[] = [
  {
    rule: 'T20: a task with children that run is child_running when it completes, and completed after the last one',
    async holds({ log }) {
      await family(log, 2)
      assert.equal(await end(log, PARENT, 'completed'), true)
      const waiting = await known(log, PARENT)
      assert.deepEqual([waiting.status, waiting.finishedAt], ['child_running', undefined])
      await end(log, 2, 'completed')
      assert.equal(await statusOf(log, PARENT), 'child_running')
      await end(log, 3, 'completed', START + 5000)
      const ended = await known(log, PARENT)
      assert.deepEqual([ended.status, ended.finishedAt, ended.error], ['completed', START + 5000, undefined])
    },
  },
  {
    rule: 'T20: a task fails with the first of its children that failed',
    async holds({ log }) {
      await family(log, 3)
      await end(log, PARENT, 'completed')
      await end(log, 3, 'failed')
      await end(log, 2, 'failed')
      assert.equal(await statusOf(log, PARENT), 'child_running')
      await end(log, 4, 'completed')
      const { status, reason, error } = await known(log, PARENT)
      assert.deepEqual([status, reason, error], ['failed', 'child_failed', 'Child task 2 failed'])
    },
  },
  {
    rule: 'T20: a cancelled child counts as ended',
    async holds({ log }) {
      await family(log, 2)
      await end(log, PARENT, 'completed')
      await end(log, 3, 'completed')
      await end(log, 2, 'cancelled')
      assert.equal(await statusOf(log, PARENT), 'completed')
    },
  },
  {
    rule: 'T20: of children that end before it or at the same moment none is missed',
    async holds({ log }) {
      await family(log, 3)
      await end(log, 2, 'failed')
      assert.equal(await statusOf(log, PARENT), 'running')
      await Promise.all([end(log, 3, 'completed'), end(log, PARENT, 'completed'), end(log, 4, 'completed')])
      assert.equal(await statusOf(log, PARENT), 'failed')
    },
  },
  {
    rule: 'T20: a task that is recorded when it has run, under no claim, follows the children that came before it',
    async holds({ log }) {
      for (const [parent, status] of [
        [PARENT, 'child_running'],
        [11, 'completed'],
        [21, 'failed'],
      ] as const) {
        await log.create([newRecord(parent + 1, { parentId: parent })])
        await log.transition(parent + 1, change('running', FENCE))
        if (status !== 'child_running') {
          await log.transition(parent + 1, { ...change(status, FENCE), parentId: parent })
        }
        await log.create([newRecord(parent)])
        await log.transition(parent, change('running', 0))
        await log.transition(parent, change('completed', 0))
        assert.equal(await statusOf(log, parent), status)
      }
      await log.transition(2, { ...change('failed', FENCE), parentId: PARENT })
      assert.equal(await statusOf(log, PARENT), 'failed')
    },
  },
  {
    rule: 'T20: with masterStatus the own end of a task stands',
    async holds({ log }) {
      await family(log, 2, true)
      assert.equal((await known(log, PARENT)).masterStatus, true)
      await end(log, PARENT, 'completed')
      assert.equal(await statusOf(log, PARENT), 'completed')
      await end(log, 2, 'failed')
      await end(log, 3, 'completed')
      assert.equal(await statusOf(log, PARENT), 'completed')
    },
  },
  {
    rule: 'T20: a task that failed by itself has failed, whatever its children do',
    async holds({ log }) {
      await family(log, 1)
      await end(log, PARENT, 'failed')
      await end(log, 2, 'completed')
      assert.equal(await statusOf(log, PARENT), 'failed')
    },
  },
  {
    rule: 'T20: the end of a grandchild ends the child and then the parent',
    async holds({ log }) {
      await family(log, 1)
      await log.create([newRecord(9, { parentId: 2 })])
      await end(log, 2, 'completed')
      await end(log, PARENT, 'completed')
      assert.deepEqual(
        [await statusOf(log, 2), await statusOf(log, PARENT)],
        ['child_running', 'child_running'],
      )
      await log.transition(9, { ...change('failed', FENCE), parentId: 2 })
      assert.deepEqual([await statusOf(log, 2), await statusOf(log, PARENT)], ['failed', 'failed'])
    },
  },
  {
    rule: 'T20: an archived child does not count',
    async holds({ log }) {
      await family(log, 2)
      await end(log, 2, 'failed')
      await log.archive({ ids: [2] })
      await end(log, PARENT, 'completed')
      await log.archive({ ids: [3], force: true })
      assert.equal(await statusOf(log, PARENT), 'completed')
    },
  },
]
