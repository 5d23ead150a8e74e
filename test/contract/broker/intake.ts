/** What a broker does with the tasks it is given: once each, in their order. */
import assert from 'node:assert/strict'
import type { NewTask } from '../../../src/tasks/broker.ts'
import {
  add,
  assertCounts,
  CANCELLED,
  claim,
  claimedIds,
  claimOne,
  COMPLETED,
  FAILED,
  newTask,
  type Rule,
  runNext,
  START,
  undeliveredIds,
} from './stage.ts'

export const INTAKE: readonly Rule[] = [
  {
    rule: 'gives a task as it was sent',
    async holds({ broker }) {
      const backoff = { kind: 'fixed', delay: 5, longest: 9 } as const
      const whole = newTask(7, {
        data: new Uint8Array([0, 255, 128, 0]),
        name: 'SendMail',
        label: 'to "Zoë" 😀',
        priority: -3,
        key: 'mail:7',
        keyUntil: START + 5,
        workerId: 3,
        watched: true,
        retryOf: 2,
        policy: { attempts: 4, backoff, timeout: 1000, onCrash: 'fail' },
      })
      await broker.enqueue([whole, newTask(8)])
      const claims = await claim(broker, 2)
      assert.deepEqual(
        claims.map(({ task }) => task),
        [newTask(8).task, whole.task],
      )
    },
  },
  {
    rule: 'S15: gives tasks of equal priority in the order they came',
    async holds({ broker }) {
      await add(broker, 3, 1)
      await add(broker, 2)
      assert.deepEqual(await claimedIds(broker), [3, 1, 2])
    },
  },
  {
    rule: 'gives tasks of a higher priority first',
    async holds({ broker }) {
      const priorities = [0, 5, -1, 5, 0, 9]
      await broker.enqueue(priorities.map((priority, index) => newTask(index + 1, { priority })))
      assert.deepEqual(await claimedIds(broker), [6, 2, 4, 1, 5, 3])
    },
  },
  {
    rule: 'does not delay a task without delay, even when its sender has a clock that is ahead',
    async holds({ broker }) {
      await broker.enqueue([newTask(1, { createdAt: START + 5000, runAt: START + 5000 })])
      await assertCounts(broker, { ready: 1, bytes: 3 })
      assert.deepEqual(await claimedIds(broker), [1])
    },
  },
  {
    rule: 'takes no tasks as well as many',
    async holds({ broker }) {
      assert.deepEqual(await broker.enqueue([]), [])
      const ids = Array.from({ length: 3000 }, (_, index) => index + 1)
      const results = await broker.enqueue(ids.map((id) => newTask(id)))
      assert.deepEqual(
        results,
        ids.map((id) => ({ id, status: 'enqueued' })),
      )
      assert.deepEqual(await claimedIds(broker, 5000), ids)
    },
  },
  {
    rule: 'takes all tasks of a call or none',
    async holds({ broker }) {
      const broken = { task: undefined, attempt: 0, crashes: 0 } as unknown as NewTask
      await assert.rejects(broker.enqueue([newTask(1), broken, newTask(2)]))
      await assertCounts(broker, {})
      assert.deepEqual(await claimedIds(broker), [])
      assert.deepEqual(await broker.enqueue([newTask(1)]), [{ id: 1, status: 'enqueued' }])
    },
  },
  {
    rule: 'S14, S27: knows a task again that waits, and runs it once',
    async holds({ broker, clock }) {
      await broker.enqueue([newTask(1), newTask(2, { runAt: START + 10 })])
      const again = await broker.enqueue([newTask(1), newTask(2), newTask(3), newTask(3)])
      assert.deepEqual(
        again.map(({ status }) => status),
        ['known', 'known', 'enqueued', 'known'],
      )
      assert.deepEqual(await claimedIds(broker), [1, 3])
      clock.advance(10)
      assert.deepEqual(await claimedIds(broker), [2])
    },
  },
  {
    rule: 'knows a task again that runs or has ended, until its report has been received',
    async holds({ broker }) {
      await add(broker, 1, 2)
      const claimed = await claimOne(broker)
      assert.deepEqual(await broker.enqueue([newTask(1)]), [{ id: 1, status: 'known' }])
      await broker.settle(claimed, COMPLETED)
      assert.deepEqual(await broker.enqueue([newTask(1)]), [{ id: 1, status: 'known' }])
      assert.deepEqual(await claimedIds(broker), [2])
      assert.deepEqual(await undeliveredIds(broker), [1])
    },
  },
  {
    rule: 'counts on from the runs that the sender knows of',
    async holds({ broker }) {
      await broker.enqueue([newTask(1, { attempt: 2 })])
      const { attempt, crashes, isSuspect } = await claimOne(broker)
      assert.deepEqual({ attempt, crashes, isSuspect }, { attempt: 3, crashes: 0, isSuspect: false })
    },
  },
  {
    rule: 'S14: drops a task whose key another one holds while that waits or runs',
    async holds({ broker, clock }) {
      const keyed = (id: number, runAt = START): NewTask => newTask(id, { key: 'k', runAt })
      assert.deepEqual(await broker.enqueue([keyed(1, START + 10), keyed(2), newTask(3, { key: 'other' })]), [
        { id: 1, status: 'enqueued' },
        { id: 2, status: 'duplicate', of: 1 },
        { id: 3, status: 'enqueued' },
      ])
      clock.advance(10)
      const claims = await claim(broker, 5)
      assert.deepEqual(
        claims.map(({ task }) => task.id),
        [1, 3],
      )
      assert.deepEqual(await broker.enqueue([keyed(4)]), [{ id: 4, status: 'duplicate', of: 1 }])
      assert.deepEqual(await broker.enqueue([keyed(1)]), [{ id: 1, status: 'known' }])
      await assertCounts(broker, { running: 2 })
    },
  },
  {
    rule: 'frees the key of a task that ends, however it ends',
    async holds({ broker }) {
      for (const [id, end] of [COMPLETED, FAILED].entries()) {
        await broker.enqueue([newTask(id + 1, { key: 'k' })])
        await broker.settle(await claimOne(broker), end)
      }
      await broker.enqueue([newTask(3, { key: 'k' })])
      await broker.cancel(3, CANCELLED)
      assert.deepEqual(await broker.enqueue([newTask(4, { key: 'k' })]), [{ id: 4, status: 'enqueued' }])
    },
  },
  {
    rule: 'keeps the key of a task that is released',
    async holds({ broker, clock }) {
      await broker.enqueue([newTask(1, { key: 'k' })])
      await broker.release(await claimOne(broker), { runAt: START + 100 })
      assert.deepEqual(await broker.enqueue([newTask(2, { key: 'k' })]), [
        { id: 2, status: 'duplicate', of: 1 },
      ])
      clock.advance(100)
      assert.deepEqual(await claimedIds(broker), [1])
    },
  },
  {
    rule: 'keeps the key until keyUntil, even when the task has long been forgotten',
    async holds({ broker, clock }) {
      await broker.enqueue([newTask(1, { key: 'k', keyUntil: START + 100 })])
      await runNext(broker)
      clock.advance(99)
      assert.deepEqual(await broker.enqueue([newTask(2, { key: 'k' })]), [
        { id: 2, status: 'duplicate', of: 1 },
      ])
      clock.advance(1)
      assert.deepEqual(await broker.enqueue([newTask(3, { key: 'k' })]), [{ id: 3, status: 'enqueued' }])
    },
  },
  {
    rule: 'keeps the key beyond keyUntil while the task still waits',
    async holds({ broker, clock }) {
      await broker.enqueue([newTask(1, { key: 'k', keyUntil: START + 10 })])
      clock.advance(11)
      assert.deepEqual(await broker.enqueue([newTask(2, { key: 'k' })]), [
        { id: 2, status: 'duplicate', of: 1 },
      ])
    },
  },
]
