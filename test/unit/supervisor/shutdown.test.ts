import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import type { Relief } from '../../../src/supervisor/shutdown.ts'
import { Supervised, settled } from './supervised.ts'

interface Stopping {
  readonly server: Supervised
  readonly stopped: Promise<void>
  readonly isStopped: () => boolean
}

async function stopping(t: TestContext): Promise<Stopping> {
  const server = await Supervised.ready(t, { workers: 2, taskWorkers: 1 })
  let isStopped = false
  const stopped = server.supervisor.stop().then(() => void (isStopped = true))
  return { server, stopped, isStopped: () => isStopped }
}

const last = (server: Supervised): string[] =>
  [server.http(0), server.http(1), server.tasks()].map((child) => child.orders.at(-1) ?? '')

describe('a stop', () => {
  it('drains the HTTP workers, then the task server, last the leader', async (t) => {
    const { server, stopped, isStopped } = await stopping(t)
    assert.deepEqual(last(server), ['close', 'drain', 'boot'])
    server.http(1).exit(0)
    await settled()
    assert.deepEqual(last(server), ['close', 'drain', 'boot'], 'the leader has requests open')
    server.http(0).says({ type: 'closed' })
    await settled()
    assert.deepEqual(last(server), ['close', 'drain', 'drain'])
    server.tasks().exit(0)
    await settled()
    const order = server.http(0).sent.at(-1)
    assert.ok(order?.type === 'drain' && order.last, 'the shutdown listeners run in the leader')
    assert.ok(order.within > 2000 && order.within <= 3000, String(order.within))
    assert.equal(isStopped(), false)
    server.http(0).exit(0)
    await stopped
    assert.equal(server.started.length, 3, 'nobody was replaced')
    assert.deepEqual(
      server.started.flatMap(({ child }) => child.killed),
      [],
    )
  })

  it('goes on when the leader dies before it has closed', async (t) => {
    const { server, stopped } = await stopping(t)
    server.http(0).exit(1)
    server.http(1).exit(0)
    await settled()
    assert.equal(last(server)[2], 'drain')
    server.tasks().exit(0)
    await stopped
  })

  it('goes on when the leader dies while the task server drains', async (t) => {
    const { server, stopped } = await stopping(t)
    server.http(1).exit(0)
    server.http(0).says({ type: 'closed' })
    await settled()
    server.http(0).exit(null, 'SIGSEGV')
    server.tasks().exit(0)
    await stopped
  })

  it('goes on when the task server dies before its turn', async (t) => {
    const { server, stopped } = await stopping(t)
    server.tasks().exit(1)
    server.http(1).exit(0)
    server.http(0).says({ type: 'closed' })
    await settled()
    assert.equal(last(server)[0], 'drain')
    server.http(0).exit(0)
    await stopped
    assert.equal(server.started.length, 3)
  })

  it('kills in each phase who does not leave in time', async (t) => {
    const { server, stopped } = await stopping(t)
    server.tick(5000)
    await settled()
    assert.deepEqual(server.http(1).killed, ['SIGKILL'])
    assert.equal(last(server)[2], 'drain')
    server.tick(5000)
    await settled()
    assert.deepEqual(server.tasks().killed, ['SIGKILL'])
    server.tick(5000)
    await stopped
    assert.deepEqual(server.http(0).killed, ['SIGKILL'])
  })

  it('has sockets given up that nobody keeps, and leaves those that somebody does', async (t) => {
    for (const leavesSockets of [false, true]) {
      const server = await Supervised.ready(t, { workers: 2, leavesSockets })
      const stopped = server.supervisor.stop()
      const givesUp = [0, 1].map((slot) => {
        const order = server.http(slot).sent.at(-1)
        return (order?.type === 'close' || order?.type === 'drain') && order.givesUpSockets === true
      })
      assert.deepEqual(givesUp, [!leavesSockets, !leavesSockets])
      server.http(1).exit(0)
      server.http(0).says({ type: 'closed' })
      await settled()
      server.http(0).exit(0)
      await stopped
      t.mock.timers.reset()
    }
  })

  it('kills at once with force', async (t) => {
    const server = await Supervised.ready(t, { workers: 2, taskWorkers: 1 })
    const stopped = server.supervisor.stop(true)
    server.tasks().exit(0)
    await stopped
    assert.deepEqual(
      server.started.map(({ child }) => child.killed),
      [['SIGKILL'], ['SIGKILL'], []],
    )
  })

  it('has the task server give back what runs before it is killed', async (t) => {
    const order = { type: 'drain', within: 0, idleGrace: 0, last: false, isStop: true }
    const fresh = await Supervised.ready(t, { workers: 2, taskWorkers: 1 })
    const stopped = fresh.supervisor.stop(true)
    assert.deepEqual(fresh.tasks().sent.at(-1), order)
    fresh.tick(499)
    assert.deepEqual(fresh.tasks().killed, [])
    fresh.tick(1)
    assert.deepEqual(fresh.tasks().killed, ['SIGKILL'])
    await stopped
  })

  it('gives a draining task server no more time than that', async (t) => {
    const { server, stopped } = await stopping(t)
    server.http(0).says({ type: 'closed' })
    server.http(1).exit(0)
    await settled()
    assert.ok(server.tasks().orders.includes('drain'))
    void server.supervisor.stop()
    assert.equal(server.tasks().orders.filter((one) => one === 'drain').length, 2)
    server.tick(500)
    await stopped
    assert.deepEqual(server.tasks().killed, ['SIGKILL'])
  })

  it('kills at once when it is asked for again', async (t) => {
    const { server, stopped } = await stopping(t)
    void server.supervisor.stop()
    server.tasks().exit(0)
    await stopped
    assert.deepEqual((await server.status()).workers, [])
  })

  it('kills HTTP workers that are starting, but lets a starting task server take what they leave', async (t) => {
    const server = await Supervised.ready(t, { workers: 2, taskWorkers: 1 })
    server.http(1).exit(1)
    server.tasks().exit(1)
    const stopped = server.supervisor.stop()
    await settled()
    assert.deepEqual([server.http(1).killed, server.tasks().killed], [['SIGKILL'], []])
    server.http(0).says({ type: 'closed' })
    await settled()
    assert.deepEqual(server.tasks().killed, ['SIGKILL'])
    server.http(0).exit(0)
    await stopped
  })

  it('starts nobody when a pause ends meanwhile', async (t) => {
    const server = await Supervised.ready(t)
    server.http(1).exit(1)
    server.http(1).exit(1)
    const stopped = server.supervisor.stop()
    server.tick(1000)
    server.http(0).says({ type: 'closed' })
    await settled()
    server.http(0).exit(0)
    await stopped
    assert.equal(server.count(1), 2)
  })

  it('during the start lets those that are ready finish their requests', async (t) => {
    const server = new Supervised(t)
    const started = server.supervisor.start()
    started.catch(() => {})
    server.http(0).ready()
    const stopped = server.supervisor.stop()
    await settled()
    assert.deepEqual([server.http(0).killed, server.http(1).killed], [[], ['SIGKILL']])
    server.http(0).says({ type: 'closed' })
    await settled()
    server.http(0).exit(0)
    await stopped
    await assert.rejects(started, { message: /told to stop/ })
  })

  it('does nothing more after a start that failed', async (t) => {
    const server = new Supervised(t)
    const started = server.supervisor.start()
    server.http(0).exit(1)
    await assert.rejects(started)
    await server.supervisor.stop(true)
  })
})

describe('a stop while others serve', () => {
  /** A stand-in: whether it stays, and what it was told. */
  function relief(isStaying: boolean): { relief: () => Relief; told: unknown[]; gone: () => void } {
    const told: unknown[] = []
    const gone = Promise.withResolvers<void>()
    const leave = (terms: unknown): Promise<void> => {
      told.push(terms)
      return gone.promise
    }
    return { relief: () => ({ isStaying, leave }), told, gone: gone.resolve }
  }

  it('gives idle connections their time, and has the task server hand over', async (t) => {
    const { relief: staying, told } = relief(true)
    const server = await Supervised.ready(t, { workers: 2, taskWorkers: 1, relief: staying })
    const stopped = server.supervisor.stop()
    const close = server.http(0).sent.at(-1)
    assert.ok(close?.type === 'close' && close.idleGrace === 6000)
    const drain = server.http(1).sent.at(-1)
    assert.ok(drain?.type === 'drain' && drain.idleGrace === 6000)
    server.http(1).exit(0)
    server.http(0).says({ type: 'closed' })
    await settled()
    const handOver = server.tasks().sent.at(-1)
    assert.ok(handOver?.type === 'drain' && handOver.handsOver === true)
    server.tasks().exit(0)
    await settled()
    server.http(0).exit(0)
    await stopped
    assert.deepEqual(told, [], 'they go on')
  })

  it('has them leave with the HTTP workers when they are to stop as well', async (t) => {
    const { relief: leaving, told, gone } = relief(false)
    const server = await Supervised.ready(t, { workers: 1, taskWorkers: 1, relief: leaving })
    const stopped = server.supervisor.stop()
    assert.deepEqual(told, [{ within: 3000, idleGrace: 400, isStop: true, givesUpSockets: true }])
    server.http(0).says({ type: 'closed' })
    await settled()
    assert.equal(server.tasks().orders.at(-1), 'boot', 'they may still send tasks')
    gone()
    await settled()
    const drain = server.tasks().sent.at(-1)
    assert.ok(drain?.type === 'drain' && drain.handsOver === undefined)
    server.tasks().exit(0)
    await settled()
    server.http(0).exit(0)
    await stopped
  })
})
