/** The store and its thread: groups, failures of single calls, the end of the thread, time. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { DatabaseSync } from 'node:sqlite'
import { Worker } from 'node:worker_threads'
import type { StartHost } from '../../../src/tasks/store/store-host.ts'
import { SqliteStore } from '../../../src/tasks/store/sqlite-store.ts'
import { entryUrl } from '../../../src/util/entry-url.ts'
import { claim, claimedIds, claimOne, COMPLETED, newTask, START } from '../../contract/broker/stage.ts'
import { until } from '../../until.ts'
import {
  assertWhole,
  crashImageOf,
  inThisThread,
  newPlace,
  onClock,
  openStore,
  type Place,
} from './sqlite-place.ts'

const ids = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1)

describe('the groups of a store', () => {
  it('do what was asked in one turn in one transaction', async () => {
    const { startHost, groups } = countingGroups()
    const { broker } = await openStore(newPlace(), { startHost })
    await Promise.all(ids(1000).map((id) => broker.enqueue([newTask(id)])))
    assert.deepEqual(groups, [1000])
  })

  it('are never larger than the limit', async () => {
    const { startHost, groups } = countingGroups()
    const { broker } = await openStore(newPlace(), { startHost, groupLimit: 200 })
    await Promise.all(ids(500).map((id) => broker.enqueue([newTask(id)])))
    assert.deepEqual(groups, [200, 200, 100])
    assert.deepEqual(await claimedIds(broker, 500), ids(500))
  })

  it('count a call about many tasks as many', async () => {
    const { startHost, groups } = countingGroups()
    const { broker } = await openStore(newPlace(), { startHost, groupLimit: 100 })
    const halves = [ids(80), ids(160).slice(80)]
    await Promise.all(halves.map((half) => broker.enqueue(half.map((id) => newTask(id)))))
    // The second one does not fit, but what was begun is filled up.
    assert.deepEqual(groups, [2])
    assert.equal((await broker.counts()).ready, 160)
  })

  it('gather what comes while a transaction runs', async () => {
    const { startHost, groups } = countingGroups()
    const { broker } = await openStore(newPlace(), { startHost })
    const asked: Promise<unknown>[] = []
    for (const id of ids(50)) {
      asked.push(broker.enqueue([newTask(id)]))
      await new Promise<void>((resolve) => process.nextTick(resolve))
    }
    await Promise.all(asked)
    assert.equal(
      groups.reduce((sum, size) => sum + size, 0),
      50,
    )
    assert.ok(groups.length < 10, `${groups.length} transactions`)
  })

  it('answer only what the disk has', async () => {
    const place = newPlace()
    const { broker, log } = await openStore(place)
    await Promise.all(ids(300).map((id) => broker.enqueue([newTask(id)])))
    await log.create(ids(10).map((id) => ({ ...newTask(id).task })))
    const claims = await claim(broker, 100)
    await Promise.all(claims.map((one) => broker.settle(one, COMPLETED)))
    await broker.forget(ids(50))
    assert.equal((await broker.undelivered(0, 1000)).length, 50)
    await broker.close()
    await log.close()
  })
})

describe('a call that cannot be done', () => {
  it('is refused alone', async () => {
    const place = newPlace()
    const store = await openStore(place)
    const { broker } = store
    const results = await Promise.allSettled([
      broker.enqueue([newTask(1)]),
      broker.enqueue([newTask(2), newTask(3, { priority: Number.NaN })]),
      broker.enqueue([newTask(4, { queue: 'mail' })]),
    ])
    assert.deepEqual(
      results.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled'],
    )
    const [, refused] = results
    assert.ok(refused?.status === 'rejected')
    assert.match(String(refused.reason), /Broker "sqlite" refused enqueue: .*priority/)
    assert.deepEqual(await claimedIds(broker), [1], 'all or none of a call')
    assert.deepEqual(await broker.enqueue([newTask(2)]), [{ id: 2, status: 'enqueued' }])
    await store.close()
    assertWhole(place)
  })

  it('is refused when it cannot be posted, and the others are done', async () => {
    const { broker } = await openStore()
    const given = new Uint8Array(8)
    const refused = broker.enqueue([newTask(1, { data: given })])
    const done = broker.enqueue([newTask(2)])
    structuredClone(given, { transfer: [given.buffer] })
    await assert.rejects(refused, { code: 'TSRV_BROKER_REFUSED' })
    await done
    assert.deepEqual(await claimedIds(broker), [2])
  })
})

describe('bytes', () => {
  it('come back as they were sent, also from the middle of a pool', async () => {
    const { broker } = await openStore()
    const pooled = Buffer.from('pooled')
    assert.ok(pooled.buffer.byteLength > pooled.length)
    await broker.enqueue([newTask(1, { data: pooled }), newTask(2, { data: new Uint8Array(0) })])
    const [first, second] = await claim(broker, 2)
    assert.deepEqual(first?.task.data, new Uint8Array(pooled))
    assert.equal(second?.task.data.length, 0)
    const large = new Uint8Array(5_000_000).fill(7)
    await broker.enqueue([newTask(3, { data: large })])
    assert.ok(Buffer.from(large).equals((await claimOne(broker)).task.data))
  })

  it('of a task and its record are kept once', async () => {
    const place = newPlace()
    const store = await openStore(place)
    const { broker, log } = store
    const { task } = newTask(1)
    await Promise.all([broker.enqueue([{ task, attempt: 0, crashes: 0 }]), log.create([task])])
    await broker.settle(await claimOne(broker), COMPLETED)
    await broker.forget([1])
    assert.deepEqual((await log.get(1))?.data, task.data)
    await log.transition(1, { to: 'completed', fence: 9, at: START })
    assert.equal(await log.prune({ olderThan: START + 1, keep: 10, slice: 10 }), 1)
    await store.close()
    assertWhole(place)
  })
})

describe('keys whose hour has come', () => {
  it('do not pile up under a load that never pauses', async () => {
    let now = START
    const place = newPlace()
    const store = await openStore(place, { startHost: inThisThread, ...onClock(() => now) })
    const { broker } = store
    const held: number[] = []
    for (let round = 1; round <= 5; round++) {
      const fresh = ids(100).map((id) => round * 1000 + id)
      await broker.enqueue(fresh.map((id) => newTask(id, { key: `key ${id}`, keyUntil: now + 10 })))
      for (const one of await claim(broker, 100)) await broker.settle(one, COMPLETED)
      held.push(heldKeys(crashImageOf(place)))
      now += 10
    }
    assert.deepEqual(held, [100, 100, 100, 100, 100])
    await store.close()
    assertWhole(place)
  })
})

describe('the end of a store', () => {
  it('waits for what was asked before, and refuses what comes after', async () => {
    const place = newPlace()
    const store = await openStore(place)
    const asked = store.broker.enqueue([newTask(1)])
    await store.close()
    assert.deepEqual(await asked, [{ id: 1, status: 'enqueued' }])
    await assert.rejects(store.broker.counts(), { code: 'TSRV_BROKER_LOST', message: /it has been closed/ })
    const next = await openStore(place)
    assert.deepEqual(await claimedIds(next.broker), [1])
  })

  it('leaves the log open when the queue is closed', async () => {
    const { broker, log } = await openStore()
    await broker.close()
    await assert.rejects(broker.counts(), { code: 'TSRV_BROKER_LOST' })
    assert.equal(await log.get(1), undefined)
  })

  it('rejects everything when its thread dies, and says that it is lost', async () => {
    const threads: Worker[] = []
    const place = newPlace()
    const store = await SqliteStore.open(place.file, { durability: 'process', startHost: inThread(threads) })
    await store.broker.enqueue([newTask(1)])
    const asked = ids(20).map((id) => store.broker.enqueue([newTask(id + 1)]))
    await threads[0]?.terminate()
    const results = await Promise.allSettled(asked)
    for (const result of results) {
      if (result.status === 'rejected')
        assert.equal((result.reason as { code: string }).code, 'TSRV_BROKER_LOST')
    }
    assert.match((await store.lost).message, /has ended: its thread ended with status 1/)
    await assert.rejects(store.broker.enqueue([newTask(99)]), { code: 'TSRV_BROKER_LOST' })
    await store.close()
    const next = await openStore(place)
    const acknowledged = results.filter(({ status }) => status === 'fulfilled').length
    const kept = await claimedIds(next.broker)
    assert.ok(kept.includes(1) && kept.length >= 1 + acknowledged)
  })
})

describe('delays', () => {
  it('go by the wall clock when it jumps, and are never early by it', async () => {
    let now = START
    const { broker } = await openStore(
      newPlace(),
      onClock(() => now),
    )
    const hour = 3_600_000
    await broker.enqueue([newTask(1, { runAt: START + 2 * hour }), newTask(2)])
    now -= hour
    assert.deepEqual(await claimedIds(broker), [2], 'what waits is not delayed by a clock that was put back')
    now += 2 * hour
    assert.deepEqual(await claimedIds(broker), [])
    now += hour
    assert.deepEqual(await claimedIds(broker), [1])
  })

  it('do not let leases run out when the wall clock jumps', async () => {
    let now = START
    const clock = { now: () => now, monotonic: () => 1000 }
    const { broker } = await openStore(newPlace(), { clock })
    await broker.enqueue([newTask(1)])
    await claimOne(broker)
    now += 3_600_000
    assert.deepEqual(await broker.reapExpired(), [])
  })

  it('wake who waits, also for those that an owner before has left', async () => {
    const place = newPlace()
    const former = await openStore(place)
    await former.broker.enqueue([newTask(1, { createdAt: Date.now(), runAt: Date.now() + 700 })])
    await former.close()
    const { broker } = await openStore(place)
    let wakes = 0
    broker.onAvailable(() => wakes++)
    await until(() => wakes > 0, 'the wake')
    assert.deepEqual(await claimedIds(broker), [1])
  })

  it('of thousands that are due at once are all given', async () => {
    let now = START
    const { broker } = await openStore(newPlace(), { startHost: inThisThread, ...onClock(() => now) })
    await broker.enqueue(ids(3500).map((id) => newTask(id, { runAt: START + 10 })))
    now += 10
    const given: number[] = []
    for (let calls = 0; given.length < 3500 && calls < 10; calls++)
      given.push(...(await claimedIds(broker, 2000)))
    assert.equal(new Set(given).size, 3500)
  })
})

function heldKeys({ file }: Place): number {
  const db = new DatabaseSync(file)
  const count = Number(db.prepare('SELECT count(*) AS count FROM task_key').get()?.['count'])
  db.close()
  return count
}

/** Hosts the store in this thread and notes how many calls each transaction has answered. */
function countingGroups(): { readonly startHost: StartHost; readonly groups: number[] } {
  const groups: number[] = []
  const startHost: StartHost = (port, boot, events) => {
    const post = port.postMessage.bind(port)
    port.postMessage = (message: { readonly results?: readonly unknown[] }) => {
      if (message.results !== undefined) groups.push(message.results.length)
      post(message)
    }
    return inThisThread(port, boot, events)
  }
  return { startHost, groups }
}

function inThread(threads: Worker[]): StartHost {
  return (port, boot, { onError, onExit }) => {
    const thread = new Worker(entryUrl('task-store'), { workerData: { port, boot }, transferList: [port] })
    thread.on('error', (error) => onError(error as Error))
    thread.on('exit', onExit)
    threads.push(thread)
    return { terminate: () => void thread.terminate() }
  }
}
