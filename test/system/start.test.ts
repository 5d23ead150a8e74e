import assert from 'node:assert/strict'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { until } from '../until.ts'
import { isAlive } from './alive.ts'
import { project, tsrv } from './project.ts'
import { ServerUnderTest } from './server-under-test.ts'

describe('a server', () => {
  /** None of the tests changes it. */
  let server: ServerUnderTest

  before(async () => {
    server = await ServerUnderTest.start('plain-app')
  })

  after(() => server[Symbol.asyncDispose]())

  it('R14: serves the app from the workers of the config and says when it is ready', async () => {
    const { workers, state } = await server.status()
    assert.equal(state, 'ready')
    const pids = workers.filter((worker) => worker.role === 'http').map((worker) => worker.pid)
    assert.equal(pids.length, 2)
    assert.ok(pids.includes((await server.json('/')) as number))
  })

  it('spreads connections over its workers', async () => {
    const pids = new Set<unknown>()
    await until(async () => pids.add(await server.json('/')).size === 2, 'an answer of each worker')
  })

  it('keeps its files to its user', async () => {
    const modeOf = (file: string): string => (statSync(file).mode & 0o777).toString(8)
    assert.equal(modeOf(path.join(server.dir, '.tsrv')), '700')
    assert.equal(modeOf(server.runFile('control.sock')), '600')
    assert.equal(modeOf(server.runFile('server.json')), '600')
  })

  it('is the only one in its folder: a second start is refused and leaves it alone', async () => {
    const { code, stderr } = await tsrv(server.dir, ['start'])
    assert.equal(code, 1)
    assert.match(stderr, /Server is already running!/)
    assert.equal((await server.request('/')).status, 200)
  })

  it('is the only one at its port: a start in another folder is refused and names the holder', async () => {
    const other = project('plain-app')
    const { code, stderr } = await tsrv(other, ['start', '--port', new URL(server.url).port])
    assert.equal(code, 1)
    assert.match(stderr, new RegExp(`in use by another tsrv server, pid ${server.pid}`))
    assert.equal(existsSync(path.join(other, '.tsrv/server.json')), false)
  })
})

describe('tsrv start', () => {
  it('takes -w and -t over the config and shows them in its status', async () => {
    await using server = await ServerUnderTest.start('tasks-app', { args: ['-w', '1', '-t', '3'] })
    const { workers, tasks } = await server.status()
    assert.equal(workers.filter((worker) => worker.role === 'http').length, 1)
    assert.equal(tasks?.lanes.length, 3)
  })

  it('never needs a task listener for -t', async () => {
    await using server = await ServerUnderTest.start('plain-app', { args: ['-w', '1', '-t', '1'] })
    assert.equal((await server.status()).state, 'ready')
  })

  it('R9, R11: starts an unchanged config.ini of Resonance', async () => {
    await using server = await ServerUnderTest.start('resonance-ini')
    const id = Number((await server.request('/')).text)
    const finish = await server.log((record) => record['event'] === 'finish', 'the finish event')
    assert.deepEqual([finish['taskId'], finish['data']], [id, 'hello world'])
    assert.equal((await server.status()).tasks?.lanes.length, 2)
    await server.log(
      (record) => record['event'] === 'request',
      'the access record that log_requests asks for',
    )
  })

  it('listens on a Unix socket instead of a port', async () => {
    await using server = await ServerUnderTest.start('plain-app', {
      args: ['-w', '1', '-o', 'socket=./app.sock'],
    })
    const socketPath = server.url.replace('unix:', '')
    server.url = 'http://localhost'
    assert.equal((await server.request('/', { socketPath })).status, 200)
  })

  it('listens on IPv6', async () => {
    await using server = await ServerUnderTest.start('plain-app', { args: ['-w', '1', '--host', '::1'] })
    assert.match(server.url, /^http:\/\/\[::1\]:\d+$/)
    assert.equal((await server.request('/')).status, 200)
  })

  it('names its processes', async () => {
    await using server = await ServerUnderTest.start('tasks-app')
    const titleOf = (pid: number): string =>
      readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', '').trim()
    assert.equal(titleOf(server.pid), 'tsrv: supervisor')
    assert.equal(titleOf(await server.pidOf('http', 1)), 'tsrv: http 1')
    assert.equal(titleOf(await server.pidOf('tasks')), 'tsrv: tasks')
  })
})

describe('a second start', () => {
  it('is refused on a port that another program holds, before any process is started', async () => {
    const holder = net.createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => holder.once('listening', resolve))
    const { port } = holder.address() as net.AddressInfo
    const { code, stderr } = await tsrv(project('plain-app'), ['start', '--port', String(port)])
    holder.close()
    assert.equal(code, 1)
    assert.match(stderr, new RegExp(`127\\.0\\.0\\.1:${port} is already in use.*${process.pid}`))
  })

  it('lets exactly one of two simultaneous starts win', async () => {
    const dir = project('plain-app')
    await using one = ServerUnderTest.launch('', { dir })
    await using two = ServerUnderTest.launch('', { dir })
    const loser = await Promise.race([one.ended, two.ended])
    assert.match(loser.stderr, /Server is already running!/)
    const isReady = (server: ServerUnderTest): boolean =>
      server.logs.some((record) => record['event'] === 'ready')
    await until(() => isReady(one) !== isReady(two), 'one of them to be ready')
  })
})

describe('stopping', () => {
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGQUIT'] as const) {
    it(`ends with status 0 on ${signal}, all processes gone and no pid file left`, async () => {
      await using server = await ServerUnderTest.start('tasks-app', { args: ['-w', '1', '-t', '1'] })
      assert.equal(existsSync(server.runFile('server.json')), true)
      server.kill(signal)
      assert.equal((await server.ended).code, 0)
      assert.deepEqual(
        ['server.json', 'control.sock', 'lock'].filter((file) => existsSync(server.runFile(file))),
        [],
      )
    })
  }

  it('works while the server is still starting', async () => {
    await using server = ServerUnderTest.launch('plain-app', {
      args: ['-w', '1'],
      files: {
        'app.js': `await new Promise((resolve) => setTimeout(resolve, 60000)); export default () => new Response()`,
      },
    })
    await until(() => existsSync(server.runFile('control.sock')), 'the control socket')
    server.kill('SIGTERM')
    assert.equal((await server.ended).code, 0)
  })

  it('is done by tsrv stop, which waits until the server is gone', async () => {
    await using server = await ServerUnderTest.start('tasks-app', { args: ['-w', '1', '-t', '1'] })
    const { code, stdout } = await tsrv(server.dir, ['stop'])
    assert.equal(isAlive(server.pid), false)
    assert.deepEqual([code, stdout], [0, 'Stopping server ...\nServer stopped\n'])
  })

  it('finds nothing to do where no server runs', async () => {
    const { code, stdout } = await tsrv(project('plain-app'), ['stop'])
    assert.deepEqual([code, stdout], [0, 'Server is not running\n'])
  })

  it('works with a configuration that has become broken', async () => {
    await using server = await ServerUnderTest.start('plain-app', { args: ['-w', '1'] })
    writeFileSync(path.join(server.dir, 'tsrv.config.json'), '{{{')
    // Nothing could be started from here: it is not clear from which of the two.
    writeFileSync(path.join(server.dir, 'config.ini'), '[tsrv]\nworkers = 1\n')
    assert.deepEqual(
      [(await tsrv(server.dir, ['status'])).code, (await tsrv(server.dir, ['stop'])).code],
      [0, 0],
    )
    assert.equal((await server.ended).code, 0)
  })
})
