import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { describe, it } from 'node:test'
import { Supervised, settled } from './supervised.ts'

describe('starting', () => {
  it('gives every child its boot message, and is ready when all are and the leader leads', async (t) => {
    const server = new Supervised(t, { workers: 2, taskWorkers: 1 })
    let isReady = false
    const started = server.supervisor.start().then(() => (isReady = true))
    assert.deepEqual(
      server.started.map(({ child }) => child.orders),
      [['boot'], ['boot'], ['boot']],
    )
    server.http(1).ready()
    assert.deepEqual(server.http(1).orders, ['boot', 'lead'])
    server.http(0).ready()
    server.http(1).says({ type: 'led' })
    await settled()
    assert.deepEqual([isReady, (await server.status()).state], [false, 'starting'])
    server.tasks().ready()
    await started
    assert.equal((await server.status()).state, 'ready')
    assert.equal(server.recorded.length, 3)
  })

  it('fails with what the child says, and leaves none running', async (t) => {
    const server = new Supervised(t)
    const started = server.supervisor.start()
    server.http(0).failsBoot(new Error('no database'))
    await assert.rejects(started, { code: 'TSRV_BOOT_FAILED', message: /HTTP worker 0.*no database/ })
    assert.deepEqual([server.http(1).killed, server.http(1).connected], [['SIGKILL'], false])
    server.tick(60_000)
    assert.equal(server.started.length, 2, 'nothing is started any more')
  })

  it('fails with how the child ended when it says nothing', async (t) => {
    const server = new Supervised(t, { workers: 1, taskWorkers: 1 })
    const started = server.supervisor.start()
    server.tasks().exit(null, 'SIGSEGV')
    await assert.rejects(started, { message: 'The task server could not start: it was ended by SIGSEGV' })
  })

  it('fails when a child is not ready in time', async (t) => {
    const server = new Supervised(t)
    const started = server.supervisor.start()
    server.http(0).ready()
    server.tick(1000)
    await assert.rejects(started, { message: /HTTP worker 1 could not start: .*not ready within 1 s/ })
  })

  it('fails when the start listeners of the leader do not end', async (t) => {
    const server = new Supervised(t)
    const started = server.supervisor.start()
    server.http(0).ready()
    server.http(1).ready()
    server.tick(1000)
    await settled()
    // The others get a moment to bring to safety what they have promised.
    server.tick(1000)
    await assert.rejects(started, { message: /HTTP worker 0.*ServerStartEvent.*not ready within 1 s/ })
  })

  it('fails when a start listener of the leader throws', async (t) => {
    const server = new Supervised(t, { workers: 1 })
    const started = server.supervisor.start()
    server.http(0).ready()
    server.http(0).failsBoot(new Error('not today'))
    await assert.rejects(started, { message: /not today/ })
  })

  it('fails when a process cannot be started at all', async (t) => {
    const server = new Supervised(t)
    server.startFailures.push(new Error('spawn E2BIG'))
    await assert.rejects(server.supervisor.start(), { code: 'TSRV_BOOT_FAILED', message: /spawn E2BIG/ })
    assert.deepEqual(
      server.started.map(({ child }) => child.killed),
      [['SIGKILL']],
    )
  })

  it('fails when its children cannot be recorded', async (t) => {
    const server = new Supervised(t)
    server.recordFailure = new Error('disk full')
    await assert.rejects(server.supervisor.start(), { message: 'disk full' })
  })

  it('happens once', async (t) => {
    const server = await Supervised.ready(t)
    await assert.rejects(server.supervisor.start(), { code: 'TSRV_ALREADY_STARTED' })
  })
})

describe('a child that dies', () => {
  it('is replaced at once', async (t) => {
    const server = await Supervised.ready(t)
    server.http(1).exit(null, 'SIGKILL')
    assert.equal(server.count(1), 2)
    assert.equal(await server.states(), 'http 0 ready, http 1 starting')
    server.http(1).ready()
    assert.deepEqual(
      (await server.status()).workers.map(({ restarts }) => restarts),
      [0, 1],
    )
  })

  it('R10: leaves a record with its event, place, reason and pause', async (t) => {
    const server = await Supervised.ready(t)
    const { pid } = server.http(1)
    server.http(1).exit(139)
    assert.deepEqual(server.records.at(-1), {
      event: 'worker-error',
      child: 'http 1',
      childPid: pid,
      reason: 'it exited with code 139',
      pause: 0,
    })
  })

  it('leaves its place empty for growing pauses when it does so again, which the status shows', async (t) => {
    const server = await Supervised.ready(t, { processes: { maxRestarts: 10 } })
    server.http(1).exit(1)
    server.http(1).exit(1)
    assert.equal(server.count(1), 2)
    const { workers, state } = await server.supervisor.status()
    assert.deepEqual([workers[1]?.state, workers[1]?.pid, state], ['waiting', undefined, 'ready'])
    server.tick(99)
    assert.equal(server.count(1), 2)
    server.tick(1)
    assert.equal(server.count(1), 3)
    server.http(1).exit(1)
    server.tick(199)
    assert.equal(server.count(1), 3)
    server.tick(1)
    assert.equal(server.count(1), 4)
  })

  it('makes the server unhealthy beyond maxRestarts, until it is ready again', async (t) => {
    const server = await Supervised.ready(t)
    for (const pause of [0, 100, 30_000]) {
      server.http(1).failsBoot(new Error('no such table'))
      const { state, problems } = await server.supervisor.status()
      assert.equal(state, pause === 30_000 ? 'unhealthy' : 'ready')
      if (pause === 30_000)
        assert.deepEqual(problems, ['http 1 dies again and again; the last time: no such table'])
      server.tick(pause)
    }
    assert.equal((await server.status()).state, 'unhealthy')
    server.http(1).ready()
    const { state, problems, workers } = await server.status()
    assert.deepEqual([state, problems], ['ready', []])
    assert.equal(workers[1]?.restarts, 3)
  })

  it('keeps the server unhealthy while another place still waits', async (t) => {
    const server = await Supervised.ready(t, { processes: { maxRestarts: 0 } })
    server.http(0).exit(1)
    server.http(1).exit(1)
    server.tick(30_000)
    server.http(0).ready()
    server.http(0).says({ type: 'led' })
    assert.equal((await server.status()).state, 'unhealthy')
    server.http(1).ready()
    assert.equal((await server.status()).state, 'ready')
  })

  it('is given a successor after a boot timeout too', async (t) => {
    const server = await Supervised.ready(t)
    server.http(1).exit(1)
    server.tick(1000)
    await settled()
    server.tick(100)
    assert.equal(server.count(1), 3)
    assert.deepEqual(server.http(0).orders, ['boot', 'lead', 'worker-error', 'worker-error'])
  })

  it('hands leadership on, and the next leader hears of the death', async (t) => {
    const server = await Supervised.ready(t)
    const { pid } = server.http(0)
    server.http(0).exit(3)
    assert.deepEqual(server.http(1).sent.at(-1), { type: 'lead', first: false })
    server.http(1).says({ type: 'led' })
    const death = { role: 'http', workerId: 0, pid, exitCode: 3, signal: null }
    assert.deepEqual(server.http(1).sent.at(-1), { type: 'worker-error', death })
  })

  it('between lead and led gives its token, unused, to the next', async (t) => {
    const server = await Supervised.ready(t, { workers: 3 })
    server.http(0).exit(1)
    server.http(1).exit(1)
    assert.deepEqual(server.http(2).sent.at(-1), { type: 'lead', first: false })
  })

  it('is replaced later when no process can be started', async (t) => {
    const server = await Supervised.ready(t)
    server.startFailures.push(new Error('spawn ENOMEM'))
    server.http(1).exit(1)
    assert.equal(server.count(1), 1)
    server.tick(100)
    assert.equal(server.count(1), 2)
  })

  it('is replaced later also when it had been told to leave', async (t) => {
    const server = await Supervised.ready(t)
    server.recorded[1]?.drain(1000, 0)
    server.startFailures.push(new Error('spawn ENOMEM'))
    server.http(1).exit(0)
    assert.equal(server.count(1), 1)
    server.tick(100)
    assert.equal(server.count(1), 2)
  })

  it('is replaced although the disk is full, which is a problem until it is not', async (t) => {
    const server = await Supervised.ready(t)
    server.recordFailure = new Error('disk full')
    server.http(1).exit(1)
    assert.deepEqual((await server.status()).problems, ['disk full'])
    server.recordFailure = undefined
    server.http(1).ready()
    assert.deepEqual((await server.status()).problems, [])
  })
})

describe('task ids', () => {
  it('are given when the disk takes them, after a failure', async (t) => {
    const server = await Supervised.ready(t, { workers: 1 })
    const { dir } = server
    rmSync(dir, { recursive: true })
    server.http(0).says({ type: 'ids?', kind: 'block', request: 4 })
    assert.deepEqual(server.http(0).orders, ['boot', 'lead'])
    const { mkdirSync } = await import('node:fs')
    mkdirSync(dir)
    server.tick(1000)
    const answer = server.http(0).sent.at(-1)
    assert.deepEqual([answer?.type, answer?.type === 'ids' && answer.request], ['ids', 4])
  })

  it('are not offered for ever to a child that is gone', async (t) => {
    const server = await Supervised.ready(t, { workers: 1 })
    rmSync(server.dir, { recursive: true })
    const asker = server.http(0)
    asker.says({ type: 'ids?', kind: 'block', request: 4 })
    const stopped = server.supervisor.stop(true)
    await stopped
    server.errors.length = 0
    server.tick(10_000)
    assert.deepEqual(server.errors, [])
  })
})

describe('the status', () => {
  it('lists the HTTP workers by slot, the replaced ones too, and names the leader', async (t) => {
    const server = await Supervised.ready(t, { workers: 3, taskWorkers: 1 })
    server.http(0).exit(1)
    server.http(0).ready()
    assert.equal(await server.states(), 'http 0 ready, http 1 ready, http 2 ready, tasks 0 ready')
    const { workers } = await server.status()
    assert.deepEqual(
      workers.map(({ leader = false }) => leader),
      [false, true, false, false],
    )
  })

  it('does without the counters of a task server that does not answer', async (t) => {
    const server = await Supervised.ready(t, { taskWorkers: 1 })
    const { tasks, workers } = await server.status()
    assert.deepEqual([tasks, workers.length], [undefined, 3])
  })

  it('has the counters also while the task server drains', async (t) => {
    const server = await Supervised.ready(t, { workers: 1, taskWorkers: 1 })
    void server.supervisor.stop()
    server.http(0).says({ type: 'closed' })
    await settled()
    const asked = server.supervisor.status()
    const stats = { workers: 1, queued: 0, running: 1, finished: 0, failed: 0, resumed: 0, lanes: [] }
    server.tasks().says({ type: 'stats', stats })
    assert.deepEqual((await asked).tasks, stats)
    server.tasks().exit(0)
    await server.supervisor.stop(true)
  })
})
