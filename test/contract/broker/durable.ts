/** What survives the owner of a durable store: everything that was ever resolved. */
import assert from 'node:assert/strict'
import {
  add,
  assertCounts,
  CANCELLED,
  claim,
  claimedIds,
  claimOne,
  COMPLETED,
  type DurableStage,
  FAILED,
  LEASE,
  newTask,
  type Rule,
  runNext,
  START,
  undeliveredIds,
} from './stage.ts'

export const DURABLE: readonly Rule<DurableStage>[] = [
  {
    rule: 'keeps every task it has taken in, as it was sent and in its order',
    async holds({ broker, clock, reopen }) {
      const sent = [
        newTask(3, { priority: 1, label: 'x', policy: { attempts: 2 } }),
        newTask(1),
        newTask(2, { runAt: START + 50 }),
        newTask(4, { attempt: 1, crashes: 1 }),
      ]
      await broker.enqueue(sent)
      const next = await reopen()
      await assertCounts(next, { ready: 3, delayed: 1, suspects: 1, bytes: 12 })
      const claims = await claim(next, 5)
      assert.deepEqual(
        claims.map(({ task }) => task),
        [sent[0]?.task, sent[1]?.task],
      )
      assert.deepEqual(await claimedIds(next, 5, { suspects: true }), [4])
      clock.advance(50)
      assert.deepEqual(await claimedIds(next), [2])
    },
  },
  {
    rule: 'S16, T9, T31: hands over the claims of a dead owner at once, each with a crash on its record',
    async holds({ broker, reopen }) {
      await add(broker, 1, 2, 3)
      await broker.release(await claimOne(broker), {})
      const [first] = await claim(broker, 2)
      assert.ok(first !== undefined)
      const next = await reopen()
      assert.deepEqual(await claimedIds(next), [3])
      const reaped = await next.reapExpired()
      assert.deepEqual(
        reaped
          .map(({ task, attempt, crashes, isSuspect }) => ({ id: task.id, attempt, crashes, isSuspect }))
          .sort((one, other) => one.id - other.id),
        [
          { id: 1, attempt: 2, crashes: 1, isSuspect: true },
          { id: 2, attempt: 1, crashes: 1, isSuspect: true },
        ],
      )
      const again = reaped.find(({ task }) => task.id === 1)
      assert.ok(again !== undefined && again.fence > first.fence)
      assert.deepEqual(again.task, newTask(1).task)
      assert.equal(await next.settle(first, COMPLETED), 'lost')
      assert.equal(await next.release(again, {}), 'ok')
      const suspect = await claimOne(next, { suspects: true })
      assert.deepEqual([suspect.task.id, suspect.attempt, suspect.crashes], [1, 3, 1])
      assert.deepEqual(await next.reapExpired(), [])
    },
  },
  {
    rule: 'has the claims of a dead owner in line again that were made ahead and had not begun',
    async holds({ broker, reopen }) {
      await add(broker, 1, 2, 3, 4)
      const claims = await claim(broker, 3, { startNow: 1 })
      await broker.begin(claims.slice(1, 2))
      const next = await reopen()
      const reaped = await next.reapExpired()
      assert.deepEqual(
        reaped.map(({ task, crashes }) => [task.id, crashes]),
        [
          [1, 1],
          [2, 1],
        ],
      )
      await assertCounts(next, { ready: 2, running: 2, bytes: 6 })
      const again = await claim(next, 5)
      assert.deepEqual(
        again.map(({ task, attempt, crashes, isSuspect }) => [task.id, attempt, crashes, isSuspect]),
        [
          [3, 2, 0, false],
          [4, 1, 0, false],
        ],
      )
    },
  },
  {
    rule: 'keeps the record of a suspect over several owners',
    async holds({ broker, reopen }) {
      await add(broker, 1)
      await claimOne(broker)
      const second = await reopen()
      for (const reaped of await second.reapExpired()) await second.release(reaped, {})
      await claimOne(second, { suspects: true })
      const third = await reopen()
      const [reaped] = await third.reapExpired()
      assert.deepEqual([reaped?.attempt, reaped?.crashes, reaped?.isSuspect], [2, 2, true])
    },
  },
  {
    rule: 'keeps reports that were not received, and knows their tasks again',
    async holds({ broker, reopen }) {
      await add(broker, 1, 2, 3)
      await broker.settle(await claimOne(broker), COMPLETED)
      await broker.cancel(2, CANCELLED)
      const before = await broker.undelivered(0, 10)
      const next = await reopen()
      assert.deepEqual(await next.undelivered(0, 10), before)
      assert.deepEqual(await next.enqueue([newTask(1)]), [{ id: 1, status: 'known' }])
      assert.deepEqual(await claimedIds(next), [3])
      await next.forget([1])
      assert.deepEqual(await undeliveredIds(await reopen()), [2])
    },
  },
  {
    rule: 'keeps a queue paused',
    async holds({ broker, clock, reopen }) {
      await broker.enqueue([newTask(1), newTask(2, { queue: 'mail' })])
      await broker.pause('default')
      await broker.pause('mail', START + 20)
      const next = await reopen()
      assert.deepEqual(await claimedIds(next), [])
      assert.deepEqual(await claimedIds(next, 5, { queue: 'mail' }), [])
      clock.advance(20)
      assert.deepEqual(await claimedIds(next, 5, { queue: 'mail' }), [2])
      await next.resume('default')
      assert.deepEqual(await claimedIds(await reopen()), [1])
    },
  },
  {
    rule: 'keeps dead tasks for another try',
    async holds({ broker, reopen }) {
      await add(broker, 1)
      await runNext(broker, FAILED)
      const next = await reopen()
      await assertCounts(next, { dead: 1 })
      assert.equal(await next.redrive('default'), 1)
      assert.deepEqual(await claimedIds(await reopen()), [1])
    },
  },
  {
    rule: 'keeps keys',
    async holds({ broker, clock, reopen }) {
      await broker.enqueue([newTask(1, { key: 'waits' }), newTask(2, { key: 'timed', keyUntil: START + 90 })])
      await broker.cancel(2, CANCELLED)
      await broker.forget([2])
      const next = await reopen()
      assert.deepEqual(await next.enqueue([newTask(3, { key: 'waits' }), newTask(4, { key: 'timed' })]), [
        { id: 3, status: 'duplicate', of: 1 },
        { id: 4, status: 'duplicate', of: 2 },
      ])
      clock.advance(90)
      assert.deepEqual(await next.enqueue([newTask(5, { key: 'timed' })]), [{ id: 5, status: 'enqueued' }])
    },
  },
  {
    rule: 'gives higher fences and later places than any owner before',
    async holds({ broker, reopen }) {
      await add(broker, 1, 2)
      const [first] = await claim(broker, 1)
      assert.ok(first !== undefined)
      await broker.release(first, { refund: true })
      const next = await reopen()
      await add(next, 3)
      const claims = await claim(next, 5, { leaseMs: LEASE })
      assert.deepEqual(
        claims.map(({ task, attempt }) => [task.id, attempt]),
        [
          [1, 1],
          [2, 1],
          [3, 1],
        ],
      )
      assert.ok((claims[0]?.fence ?? 0) > first.fence)
    },
  },
]
