/** Processes whose event loop does not turn: reported with what they were doing, replaced in time, missed by nobody. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { until } from '../until.ts'
import { isAlive } from './alive.ts'
import { ServerUnderTest } from './server-under-test.ts'

/** Blocked by a wait: a loop would take the processor from the others as well. */
const APP = {
  'app.js': `const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
const block = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
export default async (request) => {
  const { pathname } = new URL(request.url)
  if (pathname === '/block') block()
  if (pathname === '/pause') block(5000)
  if (pathname === '/open') await sleep(60_000)
  return Response.json(process.pid)
}`,
}
const TIMEOUT = ['-o', 'processes.workerTimeout=3s']

const isBlocked = (record: { readonly [field: string]: unknown }): boolean =>
  record['event'] === 'worker-blocked'

describe('an HTTP worker that is blocked by a request', () => {
  it('is reported with that request, killed past workerTimeout and replaced, while the others serve all', async () => {
    await using server = await ServerUnderTest.start('plain-app', {
      files: APP,
      args: [...TIMEOUT, '-o', 'processes.maxWaitTime=100ms'],
    })
    const before = (await server.status()).workers.map(({ pid }) => pid)
    const open = server.request('/open').catch(() => {})
    const lost = server.request('/block?n=1').catch((error: NodeJS.ErrnoException) => error.code)
    const report = await server.log(isBlocked, 'the report')
    const requests = report['requests'] as { method: string; url: string; since: string }[]
    assert.deepEqual(
      [report.level, report.process, report.msg],
      ['warn', 'supervisor', 'A process is blocked'],
    )
    assert.ok(requests.some(({ method, url }) => method === 'GET' && url === '/block?n=1'))
    assert.ok(Date.now() - Date.parse(requests[0]?.since ?? '') < 30_000)

    const { workers, problems, state } = await server.status()
    assert.equal(state, 'ready', 'another one serves')
    const blocked = workers.find((worker) => worker.blocked !== undefined)
    assert.ok(blocked?.blocked?.requests.includes('GET /block?n=1'))
    assert.match(problems.join(), /has been blocked for \d+ s, with GET \//)
    for (let round = 0; round < 20; round++) {
      const { text } = await server.request('/')
      assert.notEqual(text, String(blocked?.pid), 'no connection waits for it')
    }

    assert.equal(await lost, 'ECONNRESET')
    const death = await server.log(({ msg }) => msg === 'A process died and is replaced', 'the death')
    assert.equal(death['childPid'], blocked?.pid)
    assert.match(String(death['reason']), /^its event loop was blocked for \d+ s with .*GET \/block\?n=1/)
    await until(async () => {
      const now = await server.status()
      return now.workers.every(({ state, pid }) => state === 'ready' && pid !== blocked?.pid)
    }, 'the successor')
    const after = await server.status()
    assert.equal(after.workers.filter(({ pid }) => before.includes(pid)).length, 1)
    assert.deepEqual(after.problems, [])
    await server.stop()
    await open
  })

  it('goes on when it was for a while only, and that is said', async () => {
    await using server = await ServerUnderTest.start('plain-app', { files: APP, args: ['-w', '1'] })
    const answer = server.request('/pause')
    await server.log(isBlocked, 'the report')
    const { state, workers } = await server.status()
    assert.deepEqual(
      [state, workers[0]?.blocked?.requests],
      ['unhealthy', ['GET /pause']],
      'nobody else serves',
    )
    assert.equal((await answer).status, 200)
    const back = await server.log((record) => record['event'] === 'worker-back', 'its return')
    assert.ok(Number(back['silence']) >= 3000)
    assert.equal((await server.status()).state, 'ready')
    const [worker] = (await server.status()).workers
    assert.ok((worker?.delayMs ?? 0) > 3000, `the delay is shown: ${worker?.delayMs} ms`)
    assert.equal((await server.stop()).code, 0)
  })

  it('is left to a debugger that may have stopped it', async () => {
    await using server = await ServerUnderTest.start('plain-app', {
      files: APP,
      args: [...TIMEOUT, '-w', '1', '-o', 'processes.execArgv=--inspect=127.0.0.1:0'],
    })
    const pid = await server.pidOf('http')
    process.kill(pid, 'SIGSTOP')
    await new Promise((resolve) => setTimeout(resolve, 4500))
    assert.equal(isAlive(pid), true)
    process.kill(pid, 'SIGCONT')
    assert.equal((await server.request('/')).text, String(pid))
    assert.equal(server.logs.some(isBlocked), false)
  })
})

describe('a process that is suspended (kill -STOP)', () => {
  it('is found at the timeout, killed and replaced: an HTTP worker', async () => {
    await using server = await ServerUnderTest.start('plain-app', { files: APP, args: TIMEOUT })
    const pid = await server.pidOf('http', 1)
    const stoppedAt = performance.now()
    process.kill(pid, 'SIGSTOP')
    await until(() => !isAlive(pid), 'its end')
    const after = performance.now() - stoppedAt
    assert.ok(after > 2000, `it had its time: ${after} ms`)
    const death = await server.log(({ msg }) => msg === 'A process died and is replaced', 'the death')
    assert.match(String(death['reason']), /^it was suspended for \d+ s/)
    await until(async () => (await server.pidOf('http', 1)) !== pid, 'the successor')
  })

  it('is found at the timeout, killed and replaced: the task server, whose tasks go on', async () => {
    await using server = await ServerUnderTest.start('tasks-app', { args: TIMEOUT })
    const pid = await server.pidOf('tasks')
    process.kill(pid, 'SIGSTOP')
    const answer = server.request('/wait?n=1')
    await until(() => !isAlive(pid), 'its end')
    assert.equal((await answer).status, 200)
    assert.equal((await server.stop()).code, 0)
  })

  it('is nobody when the whole server was, as by Ctrl+Z in a terminal', async () => {
    await using server = await ServerUnderTest.start('plain-app', {
      files: APP,
      args: TIMEOUT,
      detached: true,
    })
    const before = (await server.status()).workers.map(({ pid }) => pid)
    process.kill(-server.pid, 'SIGSTOP')
    await new Promise((resolve) => setTimeout(resolve, 4500))
    process.kill(-server.pid, 'SIGCONT')
    for (let round = 0; round < 10; round++) assert.equal((await server.request('/')).status, 200)
    await new Promise((resolve) => setTimeout(resolve, 1500))
    const { workers, state } = await server.status()
    assert.deepEqual([workers.map(({ pid }) => pid), state], [before, 'ready'])
    assert.equal((await server.stop()).code, 0)
  })
})
