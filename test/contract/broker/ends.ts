/** What becomes of tasks that end: their reports stay until they are received, failures until they are run again. */
import assert from 'node:assert/strict'
import {
  add,
  assertCounts,
  CANCELLED,
  claim,
  claimedIds,
  claimOne,
  COMPLETED,
  ended,
  FAILED,
  newTask,
  type Rule,
  runNext,
  START,
  undeliveredIds,
} from './stage.ts'

export const ENDS: readonly Rule[] = [
  {
    rule: 'keeps a report until it is forgotten',
    async holds({ broker }) {
      await broker.enqueue([newTask(1, { sender: 'http:4', client: 'c4' }), newTask(2)])
      const end = ended('completed', 9)
      await broker.settle(await claimOne(broker), end)
      const report = { id: 1, sender: 'http:4', client: 'c4', end }
      assert.deepEqual(await broker.undelivered(0, 10), [report])
      await broker.forget([2])
      assert.deepEqual(await broker.undelivered(0, 10), [report])
      await broker.forget([1, 1, 77])
      assert.deepEqual(await broker.undelivered(0, 10), [])
      assert.deepEqual(await claimedIds(broker), [2])
    },
  },
  {
    rule: 'lists the reports that were not received in pages, by id',
    async holds({ broker }) {
      await add(broker, 5, 3, 1, 4, 2)
      for (const claimed of await claim(broker, 5)) await broker.settle(claimed, COMPLETED)
      assert.deepEqual(await undeliveredIds(broker, 0, 2), [1, 2])
      assert.deepEqual(await undeliveredIds(broker, 2, 2), [3, 4])
      assert.deepEqual(await undeliveredIds(broker, 4, 2), [5])
      assert.deepEqual(await undeliveredIds(broker, 5, 2), [])
    },
  },
  {
    rule: 'forgets neither what waits nor what runs',
    async holds({ broker }) {
      await add(broker, 1, 2)
      const claimed = await claimOne(broker)
      await broker.forget([1, 2])
      await assertCounts(broker, { ready: 1, running: 1, bytes: 3 })
      assert.equal(await broker.settle(claimed, COMPLETED), 'ok')
      assert.deepEqual(await claimedIds(broker), [2])
    },
  },
  {
    rule: 'S14, S27: never runs a task that was cancelled while it waited',
    async holds({ broker, clock }) {
      await broker.enqueue([newTask(1), newTask(2, { runAt: START + 10 }), newTask(3)])
      for (const id of [1, 2]) {
        const { task } = newTask(id, id === 2 ? { runAt: START + 10 } : {})
        assert.deepEqual(await broker.cancel(id, CANCELLED), { state: 'ended', task })
      }
      await assertCounts(broker, { ready: 1, undelivered: 2, bytes: 3 })
      clock.advance(20)
      assert.deepEqual(await claimedIds(broker), [3])
      assert.deepEqual(await undeliveredIds(broker), [1, 2])
    },
  },
  {
    rule: 'S14, S27: leaves a running task to its claimant when it is cancelled',
    async holds({ broker }) {
      await add(broker, 1)
      const claimed = await claimOne(broker)
      assert.deepEqual(await broker.cancel(1, CANCELLED), { state: 'running' })
      assert.deepEqual(await undeliveredIds(broker), [])
      assert.equal(await broker.settle(claimed, COMPLETED), 'ok')
    },
  },
  {
    rule: 'cancels nothing that has ended or was never here',
    async holds({ broker }) {
      await add(broker, 1)
      await broker.settle(await claimOne(broker), COMPLETED)
      assert.deepEqual(await broker.cancel(1, CANCELLED), { state: 'unknown' })
      assert.deepEqual(await broker.cancel(99, CANCELLED), { state: 'unknown' })
      const [report] = await broker.undelivered(0, 10)
      assert.equal(report?.end.state, 'completed')
    },
  },
  {
    rule: 'T22: lets either the claimant or the canceller have a task, never both',
    async holds({ broker }) {
      for (let id = 1; id <= 40; id++) {
        await add(broker, id)
        const cancelling = (): Promise<boolean> =>
          broker.cancel(id, CANCELLED).then(({ state }) => state === 'ended')
        const claiming = (): Promise<boolean> => claim(broker).then((claims) => claims.length === 1)
        const asked = id % 2 === 0 ? [cancelling(), claiming()] : [claiming(), cancelling()]
        const won = (await Promise.all(asked)).filter(Boolean)
        assert.equal(won.length, 1, `task ${id}`)
      }
    },
  },
  {
    rule: 'S15, T11: keeps a failed task as dead once its report has been received',
    async holds({ broker }) {
      await add(broker, 1, 2)
      await broker.settle(await claimOne(broker), FAILED)
      await assertCounts(broker, { ready: 1, undelivered: 1, bytes: 3 })
      await broker.forget([1])
      await assertCounts(broker, { ready: 1, dead: 1, bytes: 3 })
      assert.deepEqual(await broker.peek('default', { state: 'dead', limit: 5 }), [newTask(1).task])
      assert.deepEqual(await broker.enqueue([newTask(1)]), [{ id: 1, status: 'known' }])
      assert.deepEqual(await claimedIds(broker), [2])
    },
  },
  {
    rule: 'S15: puts dead tasks back in line, last, with a clean record',
    async holds({ broker }) {
      await broker.enqueue([newTask(1, { attempt: 3, crashes: 0 })])
      const dead = await runNext(broker, FAILED)
      await add(broker, 2)
      assert.equal(await broker.redrive('default'), 1)
      await assertCounts(broker, { ready: 2, bytes: 6 })
      assert.deepEqual(await claimedIds(broker, 1), [2])
      const { task, attempt, crashes, isSuspect, fence } = await claimOne(broker)
      assert.deepEqual(
        { task, attempt, crashes, isSuspect },
        { task: newTask(1).task, attempt: 1, crashes: 0, isSuspect: false },
      )
      assert.ok(fence > dead.fence)
      assert.equal(await broker.settle(dead, COMPLETED), 'lost')
    },
  },
  {
    rule: 'puts back only the dead tasks that were asked for',
    async holds({ broker }) {
      await add(broker, 1, 2, 3)
      await runNext(broker, FAILED)
      await runNext(broker, COMPLETED)
      await runNext(broker, FAILED)
      assert.equal(await broker.redrive('mail'), 0)
      assert.equal(await broker.redrive('default', []), 0)
      assert.equal(await broker.redrive('default', [2, 3, 77]), 1)
      await assertCounts(broker, { ready: 1, dead: 1, bytes: 3 })
      assert.deepEqual(await claimedIds(broker), [3])
    },
  },
  {
    rule: 'puts dead tasks back in the order they first came, not in which they died',
    async holds({ broker }) {
      await add(broker, 2, 1, 3)
      for (const claimed of (await claim(broker, 3)).toReversed()) {
        await broker.settle(claimed, FAILED)
        await broker.forget([claimed.task.id])
      }
      assert.equal(await broker.redrive('default'), 3)
      assert.deepEqual(await claimedIds(broker), [2, 1, 3])
    },
  },
  {
    rule: 'gives a dead task that is put back its key again, beyond keyUntil',
    async holds({ broker, clock }) {
      await broker.enqueue([newTask(1, { key: 'k', keyUntil: START + 50 })])
      await runNext(broker, FAILED)
      assert.equal(await broker.redrive('default'), 1)
      clock.advance(51)
      assert.deepEqual(await broker.enqueue([newTask(2, { key: 'k' })]), [
        { id: 2, status: 'duplicate', of: 1 },
      ])
    },
  },
  {
    rule: 'does not put a dead task back whose key another task holds',
    async holds({ broker }) {
      await broker.enqueue([newTask(1, { key: 'k' })])
      await runNext(broker, FAILED)
      await broker.enqueue([newTask(2, { key: 'k' })])
      assert.equal(await broker.redrive('default'), 0)
      await runNext(broker)
      assert.equal(await broker.redrive('default'), 1)
      assert.deepEqual(await broker.enqueue([newTask(3, { key: 'k' })]), [
        { id: 3, status: 'duplicate', of: 1 },
      ])
    },
  },
]
