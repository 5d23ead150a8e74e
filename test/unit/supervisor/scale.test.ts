import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { settled, Supervised } from './supervised.ts'

describe('a change of the number of HTTP workers', () => {
  it('starts another one, of the code that runs, and is over when that is ready', async (t) => {
    const server = await Supervised.ready(t, { workers: 1 })
    let isOver = false
    const scaled = server.supervisor.scale({ workers: 2, taskWorkers: 0 }).then(() => (isOver = true))
    assert.equal(await server.states(), 'http 0 ready, http 1 starting')
    assert.equal(server.started[1]?.place.generation, 1)
    await settled()
    assert.equal(isOver, false)
    server.http(1).ready()
    await scaled
    assert.deepEqual([server.supervisor.counts, server.sizes.at(-1)], [{ workers: 2, taskWorkers: 0 }, 2])
    assert.equal((await server.status()).state, 'ready')
  })

  it('drains the last one and waits for nobody', async (t) => {
    const server = await Supervised.ready(t, { workers: 2 })
    await server.supervisor.scale({ workers: 1, taskWorkers: 0 })
    assert.equal(server.http(1).orders.at(-1), 'drain')
    server.http(1).exit(0)
    assert.equal(await server.states(), 'http 0 ready')
    assert.equal(server.count(1), 1, 'nobody follows it')
  })

  it('is taken back when the new one does not boot, and says why', async (t) => {
    const server = await Supervised.ready(t, { workers: 1 })
    const scaled = server.supervisor.scale({ workers: 3, taskWorkers: 0 })
    server.http(2).failsBoot(new Error('half a deployment'))
    await assert.rejects(scaled, {
      code: 'TSRV_SCALE_FAILED',
      message: 'The number of workers stays: HTTP worker 2: half a deployment',
    })
    assert.deepEqual([server.supervisor.counts.workers, server.sizes.at(-1)], [1, 1])
    server.http(1).ready()
    assert.equal(server.http(1).orders.at(-1), 'drain', 'the other new one is not needed')
    assert.equal(server.errors.length, 0, 'that counts as no death')
  })

  it('is not disturbed by the death of a worker that was there before', async (t) => {
    const server = await Supervised.ready(t, { workers: 1 })
    const scaled = server.supervisor.scale({ workers: 2, taskWorkers: 0 })
    server.http(0).exit(1)
    server.http(0).failsBoot(new Error('once'))
    server.http(1).ready()
    await scaled
    assert.equal(server.supervisor.counts.workers, 2)
  })

  it('is refused while the server starts and stops', async (t) => {
    const server = new Supervised(t, { workers: 1 })
    const started = server.supervisor.start()
    const refused = { code: 'TSRV_SCALE_FAILED', message: /the server is (?:starting|stopping)/ }
    await assert.rejects(server.supervisor.scale({ workers: 2, taskWorkers: 0 }), refused)
    server.http(0).ready()
    server.http(0).says({ type: 'led' })
    await started
    void server.supervisor.stop()
    await assert.rejects(server.supervisor.scale({ workers: 2, taskWorkers: 0 }), refused)
    assert.equal(server.started.length, 1)
  })
})

describe('a change of the number of task workers', () => {
  it('is left to the task server, and is over when that says so', async (t) => {
    const server = await Supervised.ready(t, { workers: 1, taskWorkers: 2 })
    const scaled = server.supervisor.scale({ workers: 1, taskWorkers: 5 })
    assert.deepEqual(server.tasks().sent.at(-1), { type: 'resize', taskWorkers: 5 })
    server.tasks().says({ type: 'reloaded' })
    await scaled
    assert.deepEqual(server.supervisor.counts, { workers: 1, taskWorkers: 5 })
    assert.equal(server.http(0).orders.includes('drain'), false)
  })

  it('fails with what the task server has against it, or with its end', async (t) => {
    const server = await Supervised.ready(t, { workers: 1, taskWorkers: 2 })
    const refused = server.supervisor.scale({ workers: 1, taskWorkers: 3 })
    server.tasks().says({
      type: 'reload-failed',
      error: { class: 'Error', name: 'Error', message: 'no memory' },
    })
    await assert.rejects(refused, { message: 'The number of workers stays: task workers: no memory' })
    const lost = server.supervisor.scale({ workers: 1, taskWorkers: 3 })
    server.tasks().exit(null, 'SIGKILL')
    await assert.rejects(lost, { message: /the task server: it was ended by SIGKILL/ })
    assert.equal(server.supervisor.counts.taskWorkers, 2)
  })

  it('from none or to none takes a reload, because HTTP workers have to know', async (t) => {
    const server = await Supervised.ready(t, { workers: 1 })
    await assert.rejects(server.supervisor.scale({ workers: 1, taskWorkers: 2 }), { message: /reload -t/ })
  })
})
