/** Who may run a task: one claimant at a time, and never one that has been overtaken. */
import assert from 'node:assert/strict'
import type { Broker, Claim } from '../../../src/tasks/broker.ts'
import {
  add,
  assertCounts,
  claim,
  claimedIds,
  claimOne,
  COMPLETED,
  ended,
  FAILED,
  LEASE,
  newTask,
  type Rule,
  type Stage,
  START,
  undeliveredIds,
} from './stage.ts'

export const CLAIMS: readonly Rule[] = [
  {
    rule: 'gives no more than was asked for, and nothing from other queues',
    async holds({ broker }) {
      await add(broker, 1, 2, 3)
      await broker.enqueue([newTask(4, { queue: 'mail' })])
      assert.deepEqual(await claimedIds(broker, 0), [])
      assert.deepEqual(await claimedIds(broker, 2), [1, 2])
      assert.deepEqual(await claimedIds(broker, 2), [3])
      assert.deepEqual(await claimedIds(broker, 2), [])
      assert.deepEqual(await claimedIds(broker, 2, { queue: 'nobody' }), [])
      assert.deepEqual(await claimedIds(broker, 2, { queue: 'mail' }), [4])
    },
  },
  {
    rule: 'T15: gives no task to two claimants that ask at the same time',
    async holds({ broker }) {
      const ids = Array.from({ length: 20 }, (_, index) => index + 1)
      await add(broker, ...ids)
      const given = await Promise.all(Array.from({ length: 10 }, () => claimedIds(broker, 3)))
      assert.deepEqual(
        given.flat().sort((one, other) => one - other),
        ids,
      )
    },
  },
  {
    rule: 'T6: counts an attempt with every claim, under a higher fence each time',
    async holds({ broker }) {
      await add(broker, 1)
      const claims: Claim[] = []
      for (let run = 0; run < 5; run++) {
        const claimed = await claimOne(broker)
        claims.push(claimed)
        await broker.release(claimed, {})
      }
      assert.deepEqual(
        claims.map(({ attempt }) => attempt),
        [1, 2, 3, 4, 5],
      )
      const fences = claims.map(({ fence }) => fence)
      assert.ok(
        fences.every((fence, index) => fence > (fences[index - 1] ?? 0)),
        fences.join(),
      )
    },
  },
  {
    rule: 'S14, S27: gives a released task its place again',
    async holds({ broker }) {
      await add(broker, 1, 2, 3)
      const [first, second] = await claim(broker, 2)
      assert.ok(first !== undefined && second !== undefined)
      await broker.release(second, {})
      await broker.release(first, {})
      assert.deepEqual(await claimedIds(broker), [1, 2, 3])
    },
  },
  {
    rule: 'does not count a refunded attempt',
    async holds({ broker }) {
      await add(broker, 1, 2)
      await broker.release(await claimOne(broker), { refund: true })
      const again = await claimOne(broker)
      assert.deepEqual([again.task.id, again.attempt], [1, 1])
    },
  },
  {
    rule: 'notes the crash of a thread, without suspecting the task',
    async holds({ broker }) {
      await add(broker, 1)
      await broker.release(await claimOne(broker), { crashed: true })
      const { attempt, crashes, isSuspect } = await claimOne(broker)
      assert.deepEqual({ attempt, crashes, isSuspect }, { attempt: 2, crashes: 1, isSuspect: false })
    },
  },
  {
    rule: 'gives a task released until later only then, with its data',
    async holds({ broker, clock }) {
      await add(broker, 1)
      await broker.release(await claimOne(broker), { runAt: START + 50 })
      clock.advance(49)
      assert.deepEqual(await claimedIds(broker), [])
      clock.advance(1)
      const again = await claimOne(broker)
      assert.deepEqual([again.attempt, again.task.data], [2, newTask(1).task.data])
    },
  },
  {
    rule: 'gives suspects only to who asks for them',
    async holds({ broker }) {
      await broker.enqueue([newTask(1, { attempt: 1, crashes: 1 }), newTask(2)])
      await assertCounts(broker, { ready: 2, suspects: 1, bytes: 6 })
      assert.deepEqual(await claimedIds(broker), [2])
      const { attempt, crashes, isSuspect } = await claimOne(broker, { suspects: true })
      assert.deepEqual({ attempt, crashes, isSuspect }, { attempt: 2, crashes: 1, isSuspect: true })
      await assertCounts(broker, { running: 2 })
    },
  },
  {
    rule: 'S16, T10: takes a claim from its owner when the lease has run out, and not before',
    async holds({ broker, clock }) {
      await add(broker, 1, 2)
      const claimed = await claimOne(broker)
      clock.advance(LEASE - 1)
      assert.deepEqual(await broker.reapExpired(), [])
      clock.advance(1)
      const [reaped, ...others] = await broker.reapExpired()
      assert.ok(reaped !== undefined)
      assert.deepEqual(others, [])
      const { task, attempt, crashes, isSuspect, fence } = reaped
      assert.deepEqual(
        { task, attempt, crashes, isSuspect },
        { task: newTask(1).task, attempt: 1, crashes: 1, isSuspect: true },
      )
      assert.ok(fence > claimed.fence)
      assert.deepEqual(await broker.reapExpired(), [])
      await assertCounts(broker, { ready: 1, running: 1, bytes: 3, oldestReady: LEASE })
    },
  },
  {
    rule: 'puts abandoned claims that were made ahead back in line without a crash',
    async holds({ broker, clock }) {
      await add(broker, 1, 2, 3, 4)
      await broker.enqueue([newTask(5, { attempt: 1, crashes: 1 })])
      const claims = await claim(broker, 3, { startNow: 1 })
      await claim(broker, 1, { startNow: 0, suspects: true })
      clock.advance(LEASE)
      assert.deepEqual(ids(await broker.reapExpired()), [1])
      await assertCounts(broker, { ready: 4, suspects: 1, running: 1, bytes: 12, oldestReady: LEASE })
      const [, second] = claims
      assert.ok(second !== undefined)
      await assertLost(broker, second)
      const again = await claim(broker, 3)
      assert.deepEqual(
        again.map(({ task, attempt, crashes }) => [task.id, attempt, crashes]),
        [
          [2, 2, 0],
          [3, 2, 0],
          [4, 1, 0],
        ],
      )
      assert.ok((again[0]?.fence ?? 0) > second.fence)
      const suspect = await claimOne(broker, { suspects: true })
      assert.deepEqual([suspect.attempt, suspect.crashes], [3, 1])
    },
  },
  {
    rule: 'takes a claim that has begun for one that runs',
    async holds({ broker, clock }) {
      await add(broker, 1, 2, 3)
      const claims = await claim(broker, 3, { startNow: 0 })
      await broker.begin(claims.slice(1, 2))
      await broker.begin([])
      clock.advance(LEASE)
      const reaped = await broker.reapExpired()
      assert.deepEqual(
        reaped.map(({ task, attempt, crashes, isSuspect }) => [task.id, attempt, crashes, isSuspect]),
        [[2, 1, 1, true]],
      )
      assert.deepEqual(await claimedIds(broker), [1, 3])
    },
  },
  {
    rule: 'lets nobody begin whose claim is lost',
    async holds({ broker, clock }) {
      await add(broker, 1)
      const stale = await claimOne(broker, { startNow: 0 })
      await broker.release(stale, { refund: true })
      await broker.begin([stale])
      await claimOne(broker, { startNow: 0 })
      await broker.begin([stale])
      clock.advance(LEASE)
      assert.deepEqual(await broker.reapExpired(), [])
      assert.deepEqual(await claimedIds(broker), [1])
    },
  },
  {
    rule: 'gives a reaped task that is released again, as a suspect',
    async holds({ broker, clock }) {
      await add(broker, 1)
      const [reaped] = await expire({ broker, clock })
      assert.ok(reaped !== undefined)
      assert.equal(await broker.release(reaped, {}), 'ok')
      assert.deepEqual(await claimedIds(broker), [])
      const { attempt, crashes, isSuspect } = await claimOne(broker, { suspects: true })
      assert.deepEqual({ attempt, crashes, isSuspect }, { attempt: 2, crashes: 1, isSuspect: true })
    },
  },
  {
    rule: 'T10: leaves a claim to its owner as long as it is renewed',
    async holds({ broker, clock }) {
      await add(broker, 1, 2)
      const claims = await claim(broker, 2)
      clock.advance(LEASE - 1)
      assert.deepEqual(await broker.renew(claims.slice(0, 1), LEASE), [])
      clock.advance(1)
      assert.deepEqual(ids(await broker.reapExpired()), [2])
      clock.advance(LEASE - 2)
      assert.deepEqual(ids(await broker.reapExpired()), [])
      clock.advance(1)
      assert.deepEqual(ids(await broker.reapExpired()), [1])
    },
  },
  {
    rule: 'T15: tells a claimant that was overtaken so, and changes nothing for it',
    async holds({ broker, clock }) {
      await broker.enqueue([newTask(1)])
      const stale = await claimOne(broker)
      clock.advance(LEASE)
      const [current] = await broker.reapExpired()
      assert.ok(current !== undefined)
      assert.equal(await broker.settle(stale, FAILED), 'lost')
      assert.equal(await broker.release(stale, { crashed: true }), 'lost')
      assert.deepEqual(await broker.renew([stale], LEASE * 10), [stale])
      await assertCounts(broker, { running: 1 })
      assert.deepEqual(await undeliveredIds(broker), [])
      clock.advance(LEASE)
      const [next] = await broker.reapExpired()
      assert.equal(next?.crashes, 2)
    },
  },
  {
    rule: 'tells the claimants of earlier runs that they have lost the task',
    async holds({ broker }) {
      await add(broker, 1)
      const first = await claimOne(broker)
      await broker.release(first, {})
      await assertLost(broker, first)
      const second = await claimOne(broker)
      await assertLost(broker, first)
      assert.deepEqual(await broker.renew([first, second], LEASE), [first])
      assert.equal(await broker.settle(second, COMPLETED), 'ok')
    },
  },
  {
    rule: 'T22: ends a task once, with the first end',
    async holds({ broker }) {
      await add(broker, 1)
      const claimed = await claimOne(broker)
      const settled = await Promise.all([
        broker.settle(claimed, ended('completed', 1)),
        broker.settle(claimed, ended('failed', 2)),
        broker.release(claimed, {}),
      ])
      assert.deepEqual(settled, ['ok', 'lost', 'lost'])
      const [report] = await broker.undelivered(0, 10)
      assert.deepEqual(report?.end, ended('completed', 1))
      await broker.forget([1])
      await assertLost(broker, claimed)
      await assertCounts(broker, {})
    },
  },
]

async function assertLost(broker: Broker, claimed: Claim): Promise<void> {
  assert.equal(await broker.settle(claimed, COMPLETED), 'lost')
  assert.equal(await broker.release(claimed, {}), 'lost')
  assert.deepEqual(await broker.renew([claimed], LEASE), [claimed])
}

async function expire({ broker, clock }: Stage): Promise<readonly Claim[]> {
  await claimOne(broker)
  clock.advance(LEASE)
  return broker.reapExpired()
}

function ids(claims: readonly Claim[]): number[] {
  return claims.map(({ task }) => task.id)
}
