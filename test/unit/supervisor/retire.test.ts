/** Workers that live and want a successor, because they failed or have worked enough; and who has their sockets. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Supervised } from './supervised.ts'

const FAILED = { type: 'retire', because: 'failed', reason: 'uncaughtException: late (GET /x)' } as const
const WORN = { type: 'retire', because: 'worn', reason: 'it has served 9 requests' } as const

describe('a worker that has failed', () => {
  it('goes on until its successor is ready, and is drained then', async (t) => {
    const server = await Supervised.ready(t)
    const failed = server.http(1)
    failed.says(FAILED)
    assert.equal(await server.states(), 'http 0 ready, http 1 ready, http 1 starting')
    assert.equal(failed.orders.includes('drain'), false)
    server.http(1).ready()
    assert.equal(failed.orders.at(-1), 'drain')
    failed.exit(0)
    const { workers, state } = await server.status()
    assert.deepEqual([workers.map(({ restarts }) => restarts), state], [[0, 1], 'ready'])
    assert.match(server.errors.join(), /A process failed and is replaced/)
    assert.equal(server.records[0]?.['reason'], FAILED.reason)
  })

  it('gets one successor, however often it says so, also while it is drained', async (t) => {
    const server = await Supervised.ready(t)
    const failed = server.http(1)
    for (let time = 0; time < 5; time++) failed.says(FAILED)
    server.http(1).ready()
    failed.says(FAILED)
    failed.exit(0)
    assert.deepEqual([server.count(1), server.errors.length], [2, 1])
  })

  it('waits longer each time, serving, and makes the server unhealthy in the end', async (t) => {
    const server = await Supervised.ready(t)
    for (const pause of [0, 100]) {
      server.http(1).says(FAILED)
      server.tick(pause)
      server.http(1).ready()
    }
    const count = server.count(1)
    server.http(1).says(FAILED)
    server.tick(29_999)
    const { state, problems } = await server.supervisor.status()
    assert.equal(state, 'unhealthy')
    assert.deepEqual(problems, [`http 1 fails again and again; the last time: ${FAILED.reason}`])
    assert.equal(server.count(1), count)
    assert.equal(server.http(1).orders.includes('drain'), false)
    server.tick(1)
    assert.equal(server.count(1), count + 1)
  })

  it('stays when its successor does not boot, and another one is tried', async (t) => {
    const server = await Supervised.ready(t)
    const failed = server.http(1)
    failed.says(FAILED)
    server.http(1).failsBoot(new Error('no database'))
    assert.equal(failed.orders.includes('drain'), false)
    server.tick(100)
    server.http(1).ready()
    assert.equal(failed.orders.at(-1), 'drain')
  })

  it('hands leadership to one that stays', async (t) => {
    const server = await Supervised.ready(t)
    const leader = server.http(0)
    leader.says(FAILED)
    server.http(1).says(FAILED)
    server.http(0).ready()
    leader.says({ type: 'resigned' })
    assert.equal(server.http(0).orders.at(-1), 'lead')
  })
})

describe('a worker that has worked enough', () => {
  it('is replaced without a pause, and counted apart from deaths', async (t) => {
    const server = await Supervised.ready(t)
    for (let time = 0; time < 20; time++) {
      const worn = server.http(1)
      worn.says(WORN)
      server.http(1).ready()
      worn.exit(0)
    }
    const { workers, state } = await server.status()
    assert.deepEqual([workers[1]?.restarts, workers[1]?.recycles, state], [0, 20, 'ready'])
    assert.deepEqual(server.errors, [])
  })

  it('waits while another one is being replaced', async (t) => {
    const server = await Supervised.ready(t)
    const [first, second] = [server.http(0), server.http(1)]
    first.says(WORN)
    second.says(WORN)
    assert.equal(await server.states(), 'http 0 ready, http 0 starting, http 1 ready')
    server.http(0).ready()
    assert.equal(await server.states(), 'http 0 draining, http 0 ready, http 1 ready, http 1 starting')
    first.says({ type: 'resigned' })
    server.http(1).ready()
    assert.equal(second.orders.at(-1), 'drain')
  })

  it('is replaced while others still boot, and the start goes on', async (t) => {
    const server = new Supervised(t)
    const isReady = server.supervisor.start()
    const worn = server.http(1)
    worn.ready()
    worn.says(WORN)
    server.http(1).ready()
    worn.exit(0)
    server.http(0).ready()
    for (const slot of [0, 1]) server.http(slot).says({ type: 'led' })
    await isReady
    assert.equal(await server.states(), 'http 0 ready, http 1 ready')
  })

  it('is left alone by a stop that has begun', async (t) => {
    const server = await Supervised.ready(t)
    void server.supervisor.stop()
    server.http(1).says(WORN)
    server.http(1).says(FAILED)
    assert.deepEqual([server.count(1), server.errors.length], [1, 0])
  })
})

describe('the socket of a worker that is away', () => {
  const sockets = (server: Supervised): void => {
    for (const slot of [0, 1, 2]) server.sockets.set(slot, { fd: 9, close() {} })
  }
  const slotsOf = (server: Supervised, type: 'adopt' | 'release', slot: number): number[] =>
    server.http(slot).sent.flatMap((order) => (order.type === type ? Number(order.key.slice(2)) : []))

  it('is adopted by the others at once, and given back when its successor is ready', async (t) => {
    const server = await Supervised.ready(t, { workers: 3 })
    sockets(server)
    server.http(1).exit(1)
    for (const slot of [0, 2]) assert.deepEqual(slotsOf(server, 'adopt', slot), [1])
    server.http(1).ready()
    for (const slot of [0, 2]) assert.deepEqual(slotsOf(server, 'release', slot), [1])
    assert.deepEqual(slotsOf(server, 'adopt', 1), [])
  })

  it('is adopted once, also over the pauses of a worker that dies again and again', async (t) => {
    const server = await Supervised.ready(t, { workers: 2, processes: { maxRestarts: 10 } })
    sockets(server)
    for (const pause of [0, 100, 200]) {
      server.http(1).exit(1)
      server.tick(pause)
    }
    assert.deepEqual([slotsOf(server, 'adopt', 0), slotsOf(server, 'release', 0)], [[1], []])
  })

  it('is adopted by those that come later as well', async (t) => {
    const server = await Supervised.ready(t, { workers: 3 })
    sockets(server)
    server.http(1).exit(1)
    server.http(2).exit(1)
    assert.deepEqual(slotsOf(server, 'adopt', 0), [1, 2])
    server.http(2).ready()
    assert.deepEqual([slotsOf(server, 'adopt', 2), slotsOf(server, 'release', 0)], [[1], [2]])
  })

  it('is nobody else’s before its first worker is ready, nor while a failed worker serves on', async (t) => {
    const server = await Supervised.ready(t, { workers: 2 })
    sockets(server)
    void server.supervisor.scale({ workers: 3, taskWorkers: 0 })
    server.http(1).says(FAILED)
    assert.deepEqual(slotsOf(server, 'adopt', 0), [])
    server.http(1).ready()
    server.http(2).ready()
    assert.deepEqual(slotsOf(server, 'adopt', 0), [])
  })

  it('is adopted for good when its slot is given up', async (t) => {
    const server = await Supervised.ready(t, { workers: 2 })
    sockets(server)
    await server.supervisor.scale({ workers: 1, taskWorkers: 0 })
    server.http(1).exit(0)
    assert.deepEqual([slotsOf(server, 'adopt', 0), slotsOf(server, 'release', 0)], [[1], []])
  })
})
