/** `tsrv start -d`: ready or the reason why not, and nothing left behind. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, statSync, truncateSync } from 'node:fs'
import net from 'node:net'
import path from 'node:path'
import { describe, it } from 'node:test'
import { readLock } from '../../src/control/lock.ts'
import { until } from '../until.ts'
import { DetachedProject } from './detached-server.ts'
import { isAlive, sendSignal } from './alive.ts'
import { tsrv } from './project.ts'
import type { LogRecord } from './server-under-test.ts'

const BIN = path.resolve(import.meta.dirname, '../../bin/tsrv.js')
const NEVER_READY = {
  'app.js': 'await new Promise((resolve) => setTimeout(resolve, 60000)); export default () => {}',
}

const records = (log: string): LogRecord[] =>
  log
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as LogRecord)

describe('tsrv start -d', () => {
  it('ends with status 0 once the server answers, and says where', async () => {
    await using server = new DetachedProject('tasks-app')
    const { code, stdout, stderr } = await server.start(['-w', '1'])
    assert.deepEqual([code, stderr], [0, ''])
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(stdout)?.[0] ?? ''
    assert.ok((await fetch(url)).status < 500)
    const status = await server.status()
    assert.deepEqual([status?.state, status?.urls], ['ready', [url]])
    assert.match(
      stdout,
      new RegExp(`1 HTTP worker, 2 task workers\n.*tsrv\\.config\\.json, pid ${status?.pid}\n`),
    )
    assert.match(stdout, /tsrv logs -f shows \.tsrv\/server\.log\n$/)
  })

  it('leaves a server that status, reload and stop know', async () => {
    await using server = new DetachedProject('plain-app')
    const { pid } = await server.ready(['-w', '1'])
    const shown = await tsrv(server.dir, ['status'])
    assert.equal(shown.code, 0)
    assert.match(shown.stdout, /^ {2}log \.tsrv\/server\.log$/m)
    assert.equal((await tsrv(server.dir, ['reload'])).code, 0)
    assert.equal((await server.status())?.pid, pid)
    assert.deepEqual(await tsrv(server.dir, ['stop']), {
      code: 0,
      stdout: 'Stopping server ...\nServer stopped\n',
      stderr: '',
    })
    await server.gone()
    assert.deepEqual(
      ['server.json', 'control.sock', 'lock'].filter((file) => existsSync(server.runFile(file))),
      [],
    )
  })

  it('takes the server out of the process group of the command', async () => {
    await using server = new DetachedProject('plain-app')
    const { pid, workers } = await server.ready(['-w', '1'])
    for (const one of [pid, ...workers.map((worker) => worker.pid)]) {
      const stat = readFileSync(`/proc/${one}/stat`, 'utf8')
      const [, , group, session] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      assert.deepEqual([group, session], [String(pid), String(pid)])
    }
  })

  it('reloads on HUP, as it has no terminal that could be closed', async () => {
    await using server = new DetachedProject('plain-app')
    const { pid } = await server.ready(['-w', '1'])
    process.kill(pid, 'SIGHUP')
    await until(async () => (await server.status())?.generation === 2, 'the second generation')
  })

  it('names the configuration in its hints when it was named', async () => {
    await using server = new DetachedProject('plain-app', { 'other.json': '{ "app": "./app.js" }' })
    const { stdout } = await server.start(['-w', '1', '-c', 'other.json'])
    assert.match(
      stdout,
      /tsrv stop -c other\.json stops, tsrv logs -f -c other\.json shows \.tsrv\/other\/server\.log/,
    )
    const { code } = await tsrv(server.dir, ['stop', '-c', 'other.json'])
    assert.equal(code, 0)
  })

  it('shows warnings about the configuration', async () => {
    await using server = new DetachedProject('plain-app', {
      'tsrv.config.ts': '',
      'swoole.ini': '[swoole]\nworker_num = 1\nreactor_num = 2\n\n[tsrv]\napp = ./app.js\n',
    })
    const { code, stderr } = await server.start(['-c', 'swoole.ini'])
    assert.equal(code, 0)
    assert.match(stderr, /⚠ .*reactor_num/)
    assert.equal((await tsrv(server.dir, ['stop', '-c', 'swoole.ini'])).code, 0)
  })
})

describe('the log of tsrv start -d', () => {
  it('is JSON lines that begin with the start and are kept over starts, for its user alone', async () => {
    await using server = new DetachedProject('plain-app')
    for (const events of [
      ['start', 'ready', 'stopping', 'stopped'],
      ['start', 'ready', 'stopping', 'stopped', 'start', 'ready', 'stopping', 'stopped'],
    ]) {
      await server.ready(['-w', '1'])
      await tsrv(server.dir, ['stop'])
      const seen = records(server.log).map((record) => record['event'])
      assert.deepEqual(
        // On a busy machine a stop says what it waits for.
        seen.filter((event) => event !== undefined && event !== 'stop-phase'),
        events,
      )
    }
    assert.equal((statSync(server.runFile('server.log')).mode & 0o777).toString(8), '600')
  })

  it('has what the app prints', async () => {
    const app = "console.log('out'); console.error('err'); export default () => new Response('x')"
    await using server = new DetachedProject('plain-app', { 'app.js': app })
    await server.ready(['-w', '1'])
    await until(
      () => /^out$/m.test(server.log) && /^err$/m.test(server.log),
      'both lines',
      () => server.log,
    )
  })

  it('may be truncated while the server runs, without holes', async () => {
    await using server = new DetachedProject('plain-app')
    const { urls } = await server.ready(['-w', '1', '-o', 'log.access=true'])
    await fetch(String(urls[0]))
    await until(() => server.log.includes('"event":"request"'), 'the first request')
    truncateSync(server.runFile('server.log'))
    await fetch(String(urls[0]))
    await until(() => server.log.includes('"event":"request"'), 'the second request')
    assert.equal(records(server.log).length, 1)
  })
})

describe('tsrv start -d that cannot start', () => {
  it('shows why the app fails, with the lines of the log, and status 1', async () => {
    await using server = new DetachedProject('plain-app', { 'app.js': "throw new Error('no database')" })
    const { code, stdout, stderr } = await server.start(['-w', '1'])
    assert.deepEqual([code, stdout], [1, ''])
    assert.match(stderr, /✖ HTTP worker 0 could not start: .*no database .*\n$/)
    assert.match(server.log, /"level":"fatal".*no database/)
    assert.equal(readLock(server.runFile('lock')), undefined)
    assert.equal(existsSync(server.runFile('server.json')), false)
  })

  it('shows what is wrong with the configuration, with status 78', async () => {
    await using server = new DetachedProject('plain-app', {
      'tsrv.config.ts': 'export default { wokers: 1 }',
    })
    const { code, stderr } = await server.start()
    assert.equal(code, 78)
    assert.match(
      stderr,
      /^✖ tsrv\.config\.ts:1 .*did you mean "workers"\?\n1 problem; nothing was started\.\n$/,
    )
  })

  it('says that the port is taken, with status 1', async () => {
    await using server = new DetachedProject('plain-app')
    const holder = net.createServer().listen(0, '127.0.0.1')
    await once(holder, 'listening')
    const { port } = holder.address() as net.AddressInfo
    const { code, stderr } = await tsrv(server.dir, ['start', '-d', '--port', String(port)])
    holder.close()
    assert.equal(code, 1)
    assert.match(stderr, new RegExp(`^✖ Address 127\\.0\\.0\\.1:${port} is already in use.*\n$`))
  })

  it('is refused where a server runs, and leaves its log alone', async () => {
    await using server = new DetachedProject('plain-app')
    await server.ready(['-w', '1'])
    const before = server.log
    const { code, stderr } = await tsrv(server.dir, ['start', '-d'])
    assert.equal(code, 1)
    assert.match(stderr, /^✖ Server is already running! \(pid \d+, .*\)\n$/)
    assert.equal(server.log, before)
  })

  it('lets one of two at once win', async () => {
    await using server = new DetachedProject('plain-app')
    const ended = await Promise.all([server.start(['-w', '1']), server.start(['-w', '1'])])
    assert.deepEqual(
      ended.map(({ code }) => Number(code)).sort((one, other) => one - other),
      [0, 1],
    )
    assert.match(ended.map(({ stderr }) => stderr).join(''), /^✖ Server is already running!/)
    assert.equal((await server.status())?.state, 'ready')
  })

  it('says so when its process is killed without a word', async () => {
    await using server = new DetachedProject('plain-app', NEVER_READY)
    const starting = server.start(['-w', '1'])
    await until(() => readLock(server.runFile('lock')) !== undefined, 'the lock')
    sendSignal(readLock(server.runFile('lock'))?.pid, 'SIGKILL')
    const { code, stderr } = await starting
    assert.equal(code, 1)
    assert.match(stderr, /✖ The server ended \(SIGKILL\) before it was ready; .*\.tsrv\/server\.log/)
  })

  it('says so in one line when the log cannot be written', async () => {
    await using server = new DetachedProject('plain-app')
    mkdirSync(server.runFile('server.log'), { recursive: true })
    const { code, stderr } = await server.start()
    assert.equal(code, 1)
    assert.match(stderr, /^✖ Cannot use the run directory .*: EISDIR.*\n$/)
  })
})

describe('the end of tsrv start -d before the server is ready', () => {
  for (const [signal, status] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    it(`by ${signal} takes the server along, with status ${status}`, async () => {
      await using server = new DetachedProject('plain-app', NEVER_READY)
      const command = spawn(process.execPath, [BIN, 'start', '-d', '-o', 'port=0'], {
        cwd: server.dir,
        stdio: 'ignore',
      })
      await until(async () => (await server.status())?.state === 'starting', 'a server that starts')
      command.kill(signal)
      const [code] = (await once(command, 'exit')) as [number]
      assert.equal(code, status)
      await server.gone()
      assert.equal(existsSync(server.runFile('server.json')), false)
    })
  }

  it('by SIGKILL takes the server along', async () => {
    await using server = new DetachedProject('plain-app', NEVER_READY)
    const command = spawn(process.execPath, [BIN, 'start', '-d', '-o', 'port=0'], {
      cwd: server.dir,
      stdio: 'ignore',
    })
    await until(async () => (await server.status())?.state === 'starting', 'a server that starts')
    command.kill('SIGKILL')
    await once(command, 'exit')
    await until(() => readLock(server.runFile('lock')) === undefined, 'the lock to be free')
    await server.gone()
    assert.equal(existsSync(server.runFile('server.json')), false)
  })

  it('takes the server along already while the configuration is read', async () => {
    const slow = 'await new Promise((resolve) => setTimeout(resolve, 20000)); export default {}'
    const noted = `import { writeFileSync } from 'node:fs'; writeFileSync('pid', String(process.ppid)); ${slow}`
    await using server = new DetachedProject('plain-app', { 'tsrv.config.ts': noted })
    const command = spawn(process.execPath, [BIN, 'start', '-d'], { cwd: server.dir, stdio: 'ignore' })
    const note = path.join(server.dir, 'pid')
    await until(() => existsSync(note) && readFileSync(note, 'utf8') !== '', 'the config to be read')
    const supervisor = Number(readFileSync(note, 'utf8'))
    assert.equal(isAlive(supervisor), true)
    command.kill('SIGINT')
    const [code] = (await once(command, 'exit')) as [number]
    assert.equal(code, 130)
    assert.equal(isAlive(supervisor), false)
  })
})
