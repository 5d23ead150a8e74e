/** Delays, pauses, and what can be seen of a queue. */
import assert from 'node:assert/strict'
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
  START,
} from './stage.ts'

export const QUEUES: readonly Rule[] = [
  {
    rule: 'T30: may be initialised again, by several at a time',
    async holds({ broker }) {
      await add(broker, 1)
      await Promise.all(Array.from({ length: 5 }, () => broker.initialise()))
      assert.deepEqual(await claimedIds(broker), [1])
    },
  },
  {
    rule: 'does what was asked before it closes',
    async holds({ broker }) {
      const asked = [add(broker, 1), add(broker, 2)]
      const [counts] = await Promise.all([broker.counts(), ...asked, broker.close()])
      assert.equal(counts.ready, 2)
    },
  },
  {
    rule: 'gives a delayed task no earlier than it is due, then in the place where it came',
    async holds({ broker, clock }) {
      await broker.enqueue([newTask(1, { runAt: START + 20 }), newTask(2, { runAt: START + 10 })])
      await assertCounts(broker, { delayed: 2, bytes: 6 })
      clock.advance(9)
      assert.deepEqual(await claimedIds(broker), [])
      clock.advance(1)
      assert.deepEqual(await claimedIds(broker, 1), [2])
      await add(broker, 3)
      clock.advance(10)
      assert.deepEqual(await claimedIds(broker), [1, 3])
    },
  },
  {
    rule: 'stops claims of a paused queue until it is resumed, nothing else',
    async holds({ broker, clock }) {
      await add(broker, 1, 2, 3)
      const [first, second] = await claim(broker, 2)
      assert.ok(first !== undefined && second !== undefined)
      await broker.pause('default')
      await broker.enqueue([newTask(4), newTask(5, { queue: 'mail' })])
      clock.advance(10_000)
      assert.deepEqual(await claimedIds(broker), [])
      assert.deepEqual(await claimedIds(broker, 5, { suspects: true }), [])
      assert.deepEqual(await claimedIds(broker, 5, { queue: 'mail' }), [5])
      assert.deepEqual(await broker.renew([first], 60_000), [])
      assert.equal(await broker.settle(first, COMPLETED), 'ok')
      assert.equal(await broker.release(second, {}), 'ok')
      assert.deepEqual(await claimedIds(broker), [])
      await broker.resume('default')
      assert.deepEqual(await claimedIds(broker), [2, 3, 4])
    },
  },
  {
    rule: 'pauses a queue until the time given',
    async holds({ broker, clock }) {
      await add(broker, 1)
      await broker.pause('default', START + 50)
      clock.advance(49)
      assert.deepEqual(await claimedIds(broker), [])
      clock.advance(1)
      assert.deepEqual(await claimedIds(broker), [1])
    },
  },
  {
    rule: 'counts the tasks of a queue, and of all',
    async holds({ broker, clock }) {
      await assertCounts(broker, {})
      await broker.enqueue([
        newTask(1),
        newTask(2),
        newTask(3, { data: new Uint8Array(100) }),
        newTask(4, { runAt: START + 1000 }),
        newTask(5, { crashes: 1, attempt: 1, runAt: START + 2000 }),
        newTask(6, { queue: 'mail', data: new Uint8Array(10) }),
      ])
      await broker.settle(await claimOne(broker), FAILED)
      await broker.forget([1])
      await claimOne(broker)
      clock.advance(30)
      const here = { ready: 1, delayed: 2, running: 1, dead: 1, bytes: 106, oldestReady: 30 }
      await assertCounts(broker, here, 'default')
      await assertCounts(broker, { ready: 1, bytes: 10, oldestReady: 30 }, 'mail')
      await assertCounts(broker, {}, 'nobody')
      await assertCounts(broker, { ...here, ready: 2, bytes: 116 })
      clock.advance(1000)
      await assertCounts(broker, { ...here, ready: 2, delayed: 1, oldestReady: 1030 }, 'default')
      await claimOne(broker)
      await assertCounts(
        broker,
        { ...here, running: 2, ready: 1, delayed: 1, bytes: 6, oldestReady: 30 },
        'default',
      )
    },
  },
  {
    rule: 'counts suspects while they can be claimed, not while they are delayed',
    async holds({ broker, clock }) {
      const suspect = { attempt: 1, crashes: 1 }
      await broker.enqueue([newTask(1, { ...suspect, runAt: START + 10 }), newTask(2, suspect)])
      await assertCounts(broker, { ready: 1, delayed: 1, suspects: 1, bytes: 6 })
      await broker.release(await claimOne(broker, { suspects: true }), { runAt: START + 20 })
      await assertCounts(broker, { delayed: 2, bytes: 6 })
      await broker.cancel(1, CANCELLED)
      await broker.forget([1])
      clock.advance(20)
      await assertCounts(broker, { ready: 1, suspects: 1, bytes: 3 })
      await broker.release(await claimOne(broker, { suspects: true }), {})
      await assertCounts(broker, { ready: 1, suspects: 1, bytes: 3 })
      await broker.cancel(2, CANCELLED)
      await assertCounts(broker, { undelivered: 1 })
    },
  },
  {
    rule: 'lists the queues that anything was ever in, with their counts and pauses',
    async holds({ broker, clock }) {
      assert.deepEqual(await broker.queues(), [])
      await broker.enqueue([newTask(1), newTask(2, { queue: 'mail' }), newTask(3, { queue: 'mail' })])
      await claimedIds(broker, 1, { queue: 'mail' })
      await broker.counts('nobody')
      await broker.pause('mail')
      await broker.pause('later', START + 50)
      clock.advance(30)
      const listed = (await broker.queues()).map(({ name, ready, running, pausedUntil, oldestReady }) => {
        return { name, ready, running, pausedUntil, oldestReady }
      })
      assert.deepEqual(listed, [
        { name: 'default', ready: 1, running: 0, pausedUntil: undefined, oldestReady: 30 },
        { name: 'mail', ready: 1, running: 1, pausedUntil: Infinity, oldestReady: 30 },
        { name: 'later', ready: 0, running: 0, pausedUntil: START + 50, oldestReady: 0 },
      ])
      clock.advance(20)
      await broker.resume('mail')
      assert.ok((await broker.queues()).every(({ pausedUntil }) => pausedUntil === undefined))
    },
  },
  {
    rule: 'shows tasks by state, by id, in pages',
    async holds({ broker }) {
      await broker.enqueue([9, 4, 6, 2].map((id) => newTask(id)))
      await broker.enqueue([newTask(1, { runAt: START + 10 }), newTask(3, { queue: 'mail' })])
      assert.deepEqual(await claimedIds(broker, 1), [9])
      const shown = async (
        state: 'ready' | 'delayed' | 'running' | 'dead',
        limit: number,
        after?: number,
      ): Promise<number[]> =>
        (await broker.peek('default', { state, limit, ...(after !== undefined && { after }) })).map(
          ({ id }) => id,
        )
      assert.deepEqual(await shown('ready', 2), [2, 4])
      assert.deepEqual(await shown('ready', 2, 4), [6])
      assert.deepEqual(await shown('delayed', 5), [1])
      assert.deepEqual(await shown('running', 5), [9])
      assert.deepEqual(await shown('dead', 5), [])
      assert.deepEqual(await broker.peek('mail', { state: 'ready', limit: 1 }), [
        newTask(3, { queue: 'mail' }).task,
      ])
    },
  },
]
