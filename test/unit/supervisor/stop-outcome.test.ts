/** What a stop waits for, what it says meanwhile, and what has become of it. */
import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { isGraceful, type StopOutcome } from '../../../src/supervisor/shutdown.ts'
import { NOTHING_OPEN } from '../../../src/wire/open-work.ts'
import { Supervised, settled } from './supervised.ts'

interface Stopping {
  readonly server: Supervised
  readonly stopped: Promise<StopOutcome>
}

async function stopping(t: TestContext, maxWaitTime = 3000): Promise<Stopping> {
  const server = await Supervised.ready(t, { workers: 2, taskWorkers: 1, processes: { maxWaitTime } })
  server.tick(10)
  return { server, stopped: server.supervisor.stop() }
}

async function end({ server, stopped }: Stopping): Promise<StopOutcome> {
  server.http(1).exit(0)
  server.http(0).says({ type: 'closed' })
  await settled()
  server.tasks().exit(0)
  await settled()
  server.http(0).exit(0)
  return stopped
}

const said = (server: Supervised): unknown[] =>
  server.records.filter(({ event }) => event === 'stop-phase').map(({ message }) => message)

describe('a stop that waits', () => {
  it('says for what, after a second and then every five', async (t) => {
    const stop = await stopping(t)
    const { server } = stop
    server.http(0).says({ type: 'open', open: { ...NOTHING_OPEN, requests: 1, streams: 1 } })
    server.http(1).says({ type: 'open', open: { ...NOTHING_OPEN, requests: 2 } })
    server.tick(999)
    await settled()
    assert.deepEqual(said(server), [])
    server.tick(1)
    await settled()
    assert.deepEqual(said(server), ['Stopping: waiting for 3 requests, 1 stream'])
    server.http(1).says({ type: 'open', open: NOTHING_OPEN })
    server.http(0).says({ type: 'open', open: NOTHING_OPEN })
    server.tick(5000)
    await settled()
    assert.equal(said(server)[1], 'Stopping: waiting for http 0, http 1')
    await end(stop)
  })

  it('says how many tasks it waits for', async (t) => {
    const { server, stopped } = await stopping(t, 60_000)
    server.http(1).exit(0)
    server.http(0).says({ type: 'closed' })
    await settled()
    const stats = { workers: 1, finished: 0, failed: 0, resumed: 0, lanes: [] }
    for (const [running, queued, text] of [
      [2, 0, 'Stopping: waiting for 2 tasks'],
      [1, 7, 'Stopping: waiting for 1 task; 7 more in the queue'],
    ] as const) {
      server.tick(running === 2 ? 1000 : 5000)
      server.tasks().says({ type: 'stats', stats: { ...stats, running, queued } })
      await settled()
      assert.equal(said(server).at(-1), text)
    }
    server.tasks().exit(0)
    await settled()
    server.http(0).exit(0)
    await stopped
  })

  it('is silent when it is over soon', async (t) => {
    const stop = await stopping(t)
    stop.server.tick(400)
    await end(stop)
    assert.deepEqual(said(stop.server), [])
  })
})

describe('what has become of a stop', () => {
  it('is graceful when all have left by themselves', async (t) => {
    const outcome = await end(await stopping(t))
    assert.deepEqual(outcome, { cut: NOTHING_OPEN, broken: [] })
    assert.equal(isGraceful(outcome), true)
  })

  it('is not when something was cut: all of it is counted', async (t) => {
    const stop = await stopping(t)
    stop.server.http(0).says({ type: 'cut', cut: { ...NOTHING_OPEN, requests: 2, webSockets: 1 } })
    stop.server.http(1).says({ type: 'cut', cut: { ...NOTHING_OPEN, requests: 1 } })
    const outcome = await end(stop)
    assert.deepEqual(outcome.cut, { ...NOTHING_OPEN, requests: 3, webSockets: 1 })
    assert.equal(isGraceful(outcome), false)
  })

  it('is graceful when WebSockets were told to go', async (t) => {
    const stop = await stopping(t)
    stop.server.http(0).says({ type: 'cut', cut: { ...NOTHING_OPEN, webSockets: 3 } })
    assert.equal(isGraceful(await end(stop)), true)
  })

  it('does not count what an earlier reload has cut', async (t) => {
    const server = await Supervised.ready(t, { workers: 2, taskWorkers: 1 })
    server.http(1).says({ type: 'cut', cut: { ...NOTHING_OPEN, requests: 1 } })
    assert.equal(isGraceful(await end({ server, stopped: server.supervisor.stop() })), true)
  })

  it('is not when a process had to be killed, or died', async (t) => {
    const { server, stopped } = await stopping(t)
    server.http(0).says({ type: 'closed' })
    server.tick(5000)
    await settled()
    assert.deepEqual(server.http(1).killed, ['SIGKILL'])
    server.tasks().exit(1)
    await settled()
    server.http(0).exit(0)
    const outcome = await stopped
    assert.deepEqual(outcome.broken, ['http 1', 'tasks'])
    assert.equal(isGraceful(outcome), false)
  })

  it('does not count a worker that was only starting', async (t) => {
    const server = await Supervised.ready(t, { workers: 2, taskWorkers: 1 })
    server.tick(10)
    server.http(1).exit(1)
    assert.equal(server.count(1), 2)
    const stopped = server.supervisor.stop()
    await settled()
    server.http(0).says({ type: 'closed' })
    await settled()
    server.tasks().exit(0)
    await settled()
    server.http(0).exit(0)
    assert.deepEqual((await stopped).broken, [])
  })
})

describe('connections at a stop', () => {
  it('are refused from the moment the workers are told: the sockets of the supervisor go first', async (t) => {
    const stop = await stopping(t)
    assert.deepEqual(stop.server.drains, ['lead'])
    await end(stop)
    assert.equal(stop.server.drains.length, 1)
  })
})

describe('a stop with a delay', () => {
  const delayed = (t: TestContext): Promise<Supervised> =>
    Supervised.ready(t, { workers: 2, taskWorkers: 1, processes: { shutdownDelay: 5000 } })

  it('is not ready at once, and takes requests until the delay is over', async (t) => {
    const server = await delayed(t)
    assert.deepEqual(server.supervisor.health, { state: 'ready', http: 'serving' })
    const stopped = server.supervisor.stop()
    assert.deepEqual(server.supervisor.health, { state: 'stopping', http: 'serving' })
    server.tick(4999)
    await settled()
    assert.deepEqual([server.drains, server.http(1).orders.at(-1)], [[], 'boot'])
    server.tick(1)
    await settled()
    assert.deepEqual([server.drains.length, server.http(1).orders.at(-1)], [1, 'drain'])
    assert.equal(isGraceful(await end({ server, stopped })), true)
  })

  it('replaces a worker that dies meanwhile', async (t) => {
    const server = await delayed(t)
    server.tick(10)
    const stopped = server.supervisor.stop()
    server.http(1).exit(1)
    assert.equal(server.count(1), 2)
    server.http(1).ready()
    assert.equal((await server.status()).state, 'stopping')
    server.tick(5000)
    await settled()
    assert.equal(server.http(1).orders.at(-1), 'drain')
    assert.equal(isGraceful(await end({ server, stopped })), true)
  })

  it('ends at once when it is forced, and replaces nobody then', async (t) => {
    const server = await delayed(t)
    const stopped = server.supervisor.stop()
    void server.supervisor.stop()
    server.tasks().exit(0)
    await stopped
    assert.deepEqual(
      server.started.map(({ child }) => child.killed),
      [['SIGKILL'], ['SIGKILL'], []],
    )
  })

  it('has none when the server was not ready yet', async (t) => {
    const server = new Supervised(t, { processes: { shutdownDelay: 5000 } })
    const started = server.supervisor.start()
    const stopped = server.supervisor.stop()
    await stopped
    await assert.rejects(started, { code: 'TSRV_BOOT_FAILED' })
  })
})
