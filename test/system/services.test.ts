/** Services in a real server: called, restarted, reloaded, stopped. */
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import type { WorkerStatus } from '../../src/control/protocol.ts'
import { until } from '../until.ts'
import { isAlive, sendSignal } from './alive.ts'
import { tsrv } from './project.ts'
import { type LogRecord, ServerUnderTest } from './server-under-test.ts'

async function service(server: ServerUnderTest, name: string): Promise<WorkerStatus | undefined> {
  return (await server.status()).workers.find((one) => one.name === name)
}

function call(server: ServerUnderTest, method: string, data?: unknown): Promise<unknown> {
  const query = data === undefined ? '' : `?${encodeURIComponent(JSON.stringify(data))}`
  return server.json(`/call/${method}${query}`)
}

const seen = (what: string) => (record: LogRecord) => record['seen'] === what
const event = (name: string, of: string) => (record: LogRecord) =>
  record['event'] === name && record['service'] === of

async function withService(module: string, setting = ''): Promise<ServerUnderTest> {
  const config = `export default { workers: 1, app: './app.ts', services: { own: { module: './own.ts', ${setting} } } }`
  return ServerUnderTest.start('services-app', { files: { 'own.ts': module, 'tsrv.config.ts': config } })
}

const skip = existsSync('/proc/self/net/tcp') ? false : 'needs /proc'

/** Ports on which a process listens, as inodes of their sockets. */
function portsOf(pid: number): string[] {
  const listening = ['tcp', 'tcp6'].flatMap((kind) =>
    readFileSync(`/proc/${pid}/net/${kind}`, 'utf8')
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter(([, , , state]) => state === '0A')
      .map((fields) => `socket:[${fields[9]}]`),
  )
  const open = readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`)
    } catch {
      // Closed meanwhile.
      return []
    }
  })
  return [...new Set(open.filter((target) => listening.includes(target)))]
}

describe('S23: a call of a service', () => {
  it('answers HTTP workers and task workers, with results and with what was thrown', async () => {
    await using server = await ServerUnderTest.start('services-app', { args: ['-t', '1'] })
    assert.equal(await call(server, 'add', 'hello'), 1)
    assert.deepEqual(await call(server, 'list'), ['hello'])
    assert.deepEqual(await server.json('/task/list'), ['hello'])
    assert.deepEqual(await call(server, 'fail', 'no such mail'), { message: 'no such mail' })
    assert.match(
      JSON.stringify(await call(server, 'delete')),
      /SERVICE_METHOD_UNKNOWN.*has no method.*add, list/,
    )
    assert.match(JSON.stringify(await call(server, 'constructor')), /SERVICE_METHOD_UNKNOWN/)
    assert.match(JSON.stringify(await server.json('/unknown/letters')), /SERVICE_UNKNOWN.*mailbox, ticker/)
    const ticker = await server.log(seen('ticker'), 'the other service')
    assert.deepEqual(
      [ticker['greeting'], ticker['role'], ticker.process],
      ['hello', 'service', 'service ticker'],
    )
  })

  it('S25: goes over sockets in a directory of its user alone, and opens no port', { skip }, async () => {
    await using server = await ServerUnderTest.start('services-app', { args: ['-t', '1'] })
    assert.equal(await call(server, 'add', 'hello'), 1)
    const [mailbox, tasks] = [Number(await call(server, 'pid')), await server.pidOf('tasks')]
    assert.deepEqual([...portsOf(mailbox), ...portsOf(tasks)], [])
    assert.equal(portsOf(await server.pidOf('http')).length, 1, 'where there is one, it is seen')
    assert.equal(statSync(path.dirname(server.runFile('control.sock'))).mode & 0o777, 0o700)
  })

  it('that the service does not answer fails in time, or with the service', async () => {
    await using server = await ServerUnderTest.start('services-app')
    const pid = await call(server, 'pid')
    assert.match(JSON.stringify(await call(server, 'exit', 3)), /SERVICE_LOST/)
    const crash = await server.log(event('service-crashed', 'mailbox'), 'the crash')
    assert.match(String(crash['reason']), /^service mailbox called process\.exit\(3\) at .*mailbox\.ts/)
    assert.deepEqual([crash['servicePid'], crash.level], [pid, 'error'])
    assert.notEqual(await call(server, 'pid'), pid, 'the next call waits for the next process')
    assert.equal((await service(server, 'mailbox'))?.restarts, 1)
    assert.match(JSON.stringify(await call(server, 'quiet')), /SERVICE_TIMEOUT/)
  })

  it('may send tasks: the service can wait for them, the leader hears of their ends', async () => {
    await using server = await ServerUnderTest.start('services-app', { args: ['-t', '1'] })
    assert.deepEqual(await call(server, 'task', { letter: 1 }), { letter: 1 })
    const id = await call(server, 'send', { letter: 2 })
    const finish = await server.log((record) => seen('finish')(record) && record['taskId'] === id, 'the end')
    assert.deepEqual([finish['leader'], finish.process], [true, 'http 0'])
  })
})

describe('S19, S22: a service', () => {
  it('runs new code after a reload, and is shown by the status', async () => {
    await using server = await ServerUnderTest.start('services-app')
    assert.equal(await call(server, 'generation'), 1)
    const pid = await call(server, 'pid')
    const { stdout, code } = await tsrv(server.dir, ['reload'])
    assert.equal(code, 0)
    assert.match(stdout, /✓ service mailbox\n.*✓ service ticker/)
    assert.equal(await call(server, 'generation'), 2)
    assert.equal(isAlive(Number(pid)), false)
    assert.match(
      (await tsrv(server.dir, ['status'])).stdout,
      /service mailbox +\d+ +ready .*\n +service ticker +\d+ +ready/,
    )
  })

  it('S24: is told of the stop after the requests, the last one first, and leaves by itself', async () => {
    await using server = await ServerUnderTest.start('services-app')
    await server.log(event('service-started', 'ticker'), 'both services')
    const { code } = await server.stop()
    assert.equal(code, 0)
    const stops = server.logs
      .filter(({ event }) => event === 'service-stopped')
      .map((record) => record['service'])
    assert.deepEqual(stops, ['ticker', 'mailbox'])
    assert.ok(server.logs.some(seen('stop')))
  })

  it('that cannot be started says why, while the server serves', async () => {
    await using server = await withService('throw new Error("no database")', 'restart: "no"')
    const crash = await server.log(event('service-crashed', 'own'), 'the failed start')
    assert.match(String(crash['reason']), /Cannot load own\.ts \(service\): Error: no database/)
    const status = await tsrv(server.dir, ['status'])
    assert.match(status.stdout, /service own +- +failed/)
    assert.equal(status.code, 1)
    assert.equal((await server.request('/')).status, 200)
  })

  it('that exports nothing is a program: it ends when nothing is left to do', async () => {
    const program = 'const timer = setTimeout(() => console.log(JSON.stringify({ seen: "done" })), 50)'
    await using server = await withService(program, 'restart: "on-failure"')
    await server.log(seen('done'), 'the timer')
    const stopped = await server.log(event('service-stopped', 'own'), 'the end')
    assert.equal(stopped['reason'], 'it exited with code 0')
    assert.equal((await service(server, 'own'))?.state, 'ended')
  })

  it('that handles SIGTERM has its handler called at the stop, and not before', async () => {
    const program = `import { writeFileSync } from 'node:fs'
      setInterval(() => {}, 1000)
      process.on('SIGTERM', () => { console.log(JSON.stringify({ seen: 'term' })); process.exit() })`
    await using server = await withService(program)
    await server.log(event('service-started', 'own'), 'the service')
    sendSignal((await service(server, 'own'))?.pid, 'SIGTERM')
    assert.equal((await server.request('/')).status, 200)
    assert.equal(server.logs.some(seen('term')), false)
    await server.stop()
    assert.ok(server.logs.some(seen('term')))
  })

  it('S21: that does not end gets SIGTERM, one that blocks is killed, each in its time', async () => {
    const deaf = 'export default () => new Promise(() => {})'
    await using polite = await withService(deaf, 'stopTimeout: 200, killTimeout: 20000')
    await polite.log(event('service-started', 'own'), 'the deaf one')
    await polite.stop()
    assert.equal(polite.logs.find(event('service-stopped', 'own'))?.['reason'], 'it was ended by SIGTERM')

    const blocked = 'export default () => { setTimeout(() => { for (;;); }) ; return new Promise(() => {}) }'
    await using rude = await withService(blocked, 'stopTimeout: 100, killTimeout: 400')
    await rude.log(event('service-started', 'own'), 'the blocked one')
    await rude.stop()
    assert.equal(rude.logs.find(event('service-stopped', 'own'))?.['reason'], 'it was ended by SIGKILL')
  })

  it('ends with a supervisor that is killed', async () => {
    await using server = await ServerUnderTest.start('services-app')
    const pid = Number(await call(server, 'pid'))
    server.kill('SIGKILL')
    await until(() => !isAlive(pid), 'the service to end')
  })

  it('has boot modules, the container and the listeners of events, and ends its services', async () => {
    await using server = await ServerUnderTest.start('services-app', {
      files: {
        'tsrv.config.ts': `export default {
          workers: 1, app: './app.ts', boot: './boot.ts', container: './container.ts', services: { own: './own.ts' },
          listeners: { './own-event.ts#Opened': ['greet'] },
        }`,
        'boot.ts': `export default (server) => server.log.info({ seen: 'boot in ' + server.role })`,
        'container.ts': `
          import { server } from '@tsrv/server'
          export default {
            greet: () => ({
              handle: ({ name }) => server.log.info({ seen: 'greet ' + name }),
              [Symbol.asyncDispose]: async () => server.log.info({ seen: 'end in ' + server.role }),
            }),
          }`,
        'own-event.ts': `export class Opened { name = 'ada' }`,
        'own.ts': `
          import { Opened } from './own-event.ts'
          export default { start: ({ server }) => server.events.dispatch(new Opened()), methods: { ask: () => 1 } }`,
      },
    })
    for (const what of ['boot in service', 'greet ada']) {
      assert.equal((await server.log(seen(what), what)).process, 'service own')
    }
    await server.stop()
    assert.ok(server.logs.some(seen('end in service')))
  })
})
