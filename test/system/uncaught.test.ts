/** Errors that escape everything in an HTTP worker: one request fails, the worker is drained and replaced. */
import assert from 'node:assert/strict'
import { rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { until } from '../until.ts'
import { Load } from './load.ts'
import { project, tsrv } from './project.ts'
import { type LogRecord, ServerUnderTest } from './server-under-test.ts'

const APP = {
  'app.js': `import { EventEmitter } from 'node:events'
import { readFile } from 'node:fs'
import { server } from '@tsrv/server'
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
const never = new Promise(() => {})
const ESCAPES = {
  timer: () => void setTimeout(() => { throw new Error('from a timer') }, 5),
  rejection: () => void Promise.reject(new Error('from a rejection')),
  emitter: () => void setImmediate(() => new EventEmitter().emit('error', new Error('from an emitter'))),
  callback: () => readFile('gone', () => { throw new Error('from a callback') }),
  string: () => void Promise.reject('from a string'),
  twice: () => { ESCAPES['timer']?.(); ESCAPES['rejection']?.() },
  often: () => void setInterval(() => { throw new Error('from an interval') }, 1),
}
export default async (request) => {
  const { pathname, searchParams } = new URL(request.url)
  if (pathname === '/slow') {
    server.log.info('entered')
    await sleep(Number(searchParams.get('ms')))
  }
  ESCAPES[pathname.slice(1)]?.()
  return pathname.slice(1) in ESCAPES ? await never : Response.json(process.pid)
}`,
}

const UNCAUGHT = 'Uncaught error; this worker is replaced'
const isUncaught = ({ msg }: LogRecord): boolean => msg === UNCAUGHT

describe('an error that escapes a handler', () => {
  for (const [kind, origin] of [
    ['timer', 'uncaughtException'],
    ['rejection', 'unhandledRejection'],
    ['emitter', 'uncaughtException'],
    ['callback', 'uncaughtException'],
    ['string', 'unhandledRejection'],
  ] as const) {
    it(`costs that request a 500, and no other anything: ${kind}`, async () => {
      await using server = await ServerUnderTest.start('plain-app', { files: APP, args: ['-w', '1'] })
      const pid = await server.pidOf('http')
      const slow = server.request('/slow?ms=1000')
      await server.log(({ msg }) => msg === 'entered', 'the slow request')
      const { status, headers } = await server.request(`/${kind}`)
      assert.deepEqual([status, headers['connection']], [500, 'close'])
      const record = await server.log(isUncaught, 'the record')
      assert.deepEqual(
        [record['method'], record['url'], record['origin'], record['requestId']],
        ['GET', `/${kind}`, origin, headers['x-request-id']],
      )
      const { text } = await slow
      assert.equal(text, String(pid), 'what was open in the same worker is answered there')
      await until(async () => {
        const { workers } = await server.status()
        return workers.length === 1 && workers[0]?.pid !== pid
      }, 'the end of the old worker')
      const { workers, state } = await server.status()
      assert.deepEqual([workers[0]?.restarts, state], [1, 'ready'])
      assert.equal(server.logs.filter(({ level }) => level === 'fatal').length, 0)
      assert.equal((await server.stop()).code, 0)
    })
  }

  it('drops no connection of the others (keep-alive and connection per request)', async () => {
    await using server = await ServerUnderTest.start('plain-app', { files: APP })
    await using load = new Load(server, { kept: 3, fresh: 3 })
    await load.goesOn(30)
    for (let round = 0; round < 3; round++) {
      const before = (await server.status()).workers.map(({ pid }) => pid)
      assert.equal((await server.request('/timer')).status, 500)
      await until(async () => {
        const { workers } = await server.status()
        return (
          workers.length === 2 && workers.some(({ pid, state }) => state === 'ready' && !before.includes(pid))
        )
      }, 'the successor')
      await load.goesOn(30)
    }
    await load.end()
    assert.deepEqual(load.failures, [])
  })

  it('and another one right after it get one successor', async () => {
    await using server = await ServerUnderTest.start('plain-app', { files: APP, args: ['-w', '1'] })
    const pid = await server.pidOf('http')
    assert.equal((await server.request('/twice')).status, 500)
    await until(() => server.logs.filter(isUncaught).length === 2, 'both records')
    await until(async () => (await server.pidOf('http')) !== pid, 'the successor')
    const { workers } = await server.status()
    assert.deepEqual(workers.at(-1)?.restarts, 1)
    assert.equal((await server.stop()).code, 0)
  })

  it('again and again from one interval does not fill the log', async () => {
    await using server = await ServerUnderTest.start('plain-app', { files: APP, args: ['-w', '1'] })
    const pid = await server.pidOf('http')
    assert.equal((await server.request('/often')).status, 500)
    await server.log(({ msg }) => msg.startsWith('More uncaught errors'), 'the last of its records')
    await until(async () => {
      const { workers } = await server.status()
      return workers.every((worker) => worker.pid !== pid)
    }, 'its end')
    assert.equal(server.logs.filter(isUncaught).length, 10)
    assert.equal((await server.request('/')).status, 200)
  })

  it('of a worker whose successor does not boot: it serves on until one does', async () => {
    await using server = await ServerUnderTest.start('plain-app', { files: APP, args: ['-w', '1'] })
    const pid = await server.pidOf('http')
    writeFileSync(path.join(server.dir, 'app.js'), `throw new Error('half a deployment')`)
    assert.equal((await server.request('/timer')).status, 500)
    await server.log(({ reason }) => String(reason).includes('half a deployment'), 'the failed boot')
    assert.equal((await server.request('/')).text, String(pid))
    writeFileSync(path.join(server.dir, 'app.js'), APP['app.js'])
    await until(async () => (await server.request('/')).text !== String(pid), 'the successor')
  })

  it('fails the boot when there is one yet', async () => {
    const dir = project('plain-app', {
      'app.js': `setTimeout(() => { throw new Error('too early') }, 1)
await new Promise((resolve) => setTimeout(resolve, 30_000))
export default () => new Response()`,
    })
    const { code, stdout, stderr } = await tsrv(dir, ['start', '-o', 'port=0'])
    assert.equal(code, 1)
    assert.match(stdout, /too early/)
    assert.match(stderr, /HTTP worker \d could not start: uncaughtException: too early/)
    rmSync(dir, { recursive: true, force: true })
  })
})
