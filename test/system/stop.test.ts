/** A stop under load: what is open is finished, nothing new is left hanging, and the exit status says how it went. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import http from 'node:http'
import net from 'node:net'
import path from 'node:path'
import { describe, it } from 'node:test'
import { until } from '../until.ts'
import { Load, ON_KEPT } from './load.ts'
import { Chat, LongAnswer } from './long-connections.ts'
import { type Ended, tsrv } from './project.ts'
import { type LogRecord, ServerUnderTest } from './server-under-test.ts'

const started = (...args: string[]): Promise<ServerUnderTest> =>
  ServerUnderTest.start('drain-app', { withPackages: true, args })

function open(server: ServerUnderTest): void {
  writeFileSync(path.join(server.dir, 'go'), '')
}

const event =
  (name: string) =>
  (record: LogRecord): boolean =>
    record['event'] === name

/** Requests that wait for `open`, all of which have reached the app. */
async function inFlight(server: ServerUnderTest, count: number): Promise<LongAnswer[]> {
  const answers = Array.from({ length: count }, () => new LongAnswer(server, '/gated'))
  await until(() => server.logs.filter(event('entered')).length === count, `${count} requests`)
  return answers
}

/** How a new connection ends that asks for something. */
function dial(server: ServerUnderTest): Promise<string> {
  const { url, socketPath } = server.address()
  const where =
    socketPath === undefined ? { port: Number(url.port), host: url.hostname } : { path: socketPath }
  return new Promise((resolve) => {
    const socket = net.connect(where, () => socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n'))
    socket.once('data', () => resolve('answered')).once('data', () => socket.destroy())
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''))
    socket.once('close', () => resolve('closed'))
  })
}

/** The path of a Unix socket is gone by then. */
const REFUSED = ['ECONNREFUSED', 'ENOENT']

async function refuses(server: ServerUnderTest): Promise<void> {
  await until(async () => REFUSED.includes(await dial(server)), 'new connections to be refused')
}

const stopped = (server: ServerUnderTest): LogRecord | undefined => server.logs.find(event('stopped'))

async function ends(server: ServerUnderTest): Promise<Pick<Ended, 'code' | 'stderr'>> {
  const { code, stderr } = await server.ended
  return { code, stderr }
}

describe('a stop', () => {
  const term = (server: ServerUnderTest): Promise<unknown> => Promise.resolve(server.kill('SIGTERM'))
  for (const [how, stop, args] of [
    ['SIGTERM', term, []],
    ['SIGTERM, unix socket', term, ['-o', 'socket=./app.sock']],
    ['tsrv stop', (server: ServerUnderTest) => tsrv(server.dir, ['stop']), []],
  ] as const) {
    it(`answers 50 slow requests that are in flight, and exits with 0 (${how})`, async () => {
      await using server = await started('-w', '2', ...args)
      const answers = await inFlight(server, 50)
      const stopping = stop(server)
      await server.log(event('stopping'), 'the stop')
      await refuses(server)
      open(server)
      for (const answer of answers) {
        assert.equal(await answer.over(), 'end')
        assert.deepEqual([answer.status, answer.text, answer.headers.connection], [200, 'gated', 'close'])
      }
      assert.deepEqual(await ends(server), { code: 0, stderr: '' })
      assert.equal(stopped(server)?.level, 'info')
      await stopping
    })
  }

  it('refuses new connections and hangs none while it answers the last request', async () => {
    await using server = await started('-w', '2')
    const [answer] = await inFlight(server, 1)
    server.kill('SIGTERM')
    await server.log(event('stopping'), 'the stop')
    await refuses(server)
    for (let round = 0; round < 50; round += 1) assert.equal(await dial(server), 'ECONNREFUSED')
    open(server)
    assert.equal(await answer?.over(), 'end')
    assert.equal((await ends(server)).code, 0)
  })

  it('answers requests on kept connections that arrive while it begins', async () => {
    await using server = await ServerUnderTest.start('plain-app')
    const agents = Array.from({ length: 8 }, () => new http.Agent({ keepAlive: true, maxSockets: 1 }))
    const ask = (): Promise<number[]> =>
      Promise.all(agents.map(async (agent) => (await server.request('/', { agent })).status))
    await ask()
    server.kill('SIGTERM')
    assert.deepEqual(new Set(await ask()), new Set([200]))
    assert.equal((await ends(server)).code, 0)
    for (const agent of agents) agent.destroy()
  })

  it('under load refuses what comes too late, and fails nothing else', async () => {
    await using server = await ServerUnderTest.start('plain-app', { args: ['-w', '2'] })
    await using kept = new Load(server, { kept: 20, fresh: 0, rest: 1 })
    await using others = new Load(server, { kept: 20, fresh: 10, rest: () => Math.random() * 200 })
    await kept.goesOn(200)
    server.kill('SIGTERM')
    assert.equal((await ends(server)).code, 0)
    await Promise.all([kept.end(), others.end()])
    const failures = [...kept.failures, ...others.failures].filter(
      (failure) => !failure.includes('ECONNREFUSED'),
    )
    const resets = failures.filter((failure) => failure.includes('ECONNRESET') && !failure.endsWith(ON_KEPT))
    assert.deepEqual(failures, resets, 'none of them on a kept connection')
    // Made between a worker's last look into its queue, which then has room for one, and the close: listener-end.ts
    assert.ok(resets.length <= 2, `${resets.length} of ${kept.answers + others.answers}`)
  })

  it('says what it waits for', async () => {
    await using server = await started()
    await inFlight(server, 2)
    server.kill('SIGTERM')
    const { level } = await server.log(
      ({ msg }) => msg === 'Stopping: waiting for 2 requests',
      'what the stop waits for',
    )
    assert.equal(level, 'info')
    open(server)
    assert.equal((await ends(server)).code, 0)
  })

  it('ends at once at a second signal, with exit status 1', async () => {
    await using server = await started()
    const [answer] = await inFlight(server, 1)
    server.kill('SIGTERM')
    await refuses(server)
    const startedAt = performance.now()
    server.kill('SIGINT')
    assert.equal((await ends(server)).code, 1)
    assert.ok(performance.now() - startedAt < 25_000, 'without waiting for maxWaitTime')
    assert.notEqual(await answer?.over(), 'end')
    const { level } = await server.log(event('stop-forced'), 'the record')
    assert.deepEqual([level, stopped(server)?.['forced']], ['warn', true])
  })

  it('cuts what is open after maxWaitTime, says what it was, and exits with 1', async () => {
    await using server = await started('-o', 'processes.maxWaitTime=300ms')
    const [answer] = await inFlight(server, 1)
    server.kill('SIGTERM')
    assert.equal((await ends(server)).code, 1)
    assert.deepEqual([await answer?.over(), answer?.status], ['end', 503])
    assert.match(String(server.logs.find(event('cut'))?.msg), /^Still open after 0\.3 s, and cut: 1 request$/)
    const { level, forced, cut, broken } = stopped(server) ?? ({} as LogRecord)
    assert.deepEqual([level, forced, broken], ['warn', false, []])
    assert.equal((cut as { requests: number }).requests, 1)
  })

  it('tells WebSockets by status 1001 that it goes away, which is no failure: exit status 0', async () => {
    await using server = await started('-o', 'processes.maxWaitTime=300ms')
    const chat = await Chat.open(server)
    server.kill('SIGTERM')
    assert.equal((await chat.closed).code, 1001)
    assert.equal((await ends(server)).code, 0)
  })

  it('tells the program: drainSignal ends server-sent events, WorkerDrainEvent says that the server stops', async () => {
    await using server = await started()
    const events = new LongAnswer(server, '/sse')
    await events.sees('data: now')
    server.kill('SIGTERM')
    assert.equal(await events.over(), 'end')
    assert.match(events.text, /event: bye\ndata:\n\n$/)
    assert.equal((await ends(server)).code, 0)
    const { isStop, within } = await server.log(event('drain'), 'the listener')
    assert.deepEqual([isStop, within], [true, 30_000])
  })

  it('reports the tasks that a memory broker loses, and exits with 1', async () => {
    const args = ['-w', '1', '-t', '1', '-o', 'tasks.broker=memory', '-o', 'processes.maxWaitTime=100ms']
    await using server = await ServerUnderTest.start('tasks-app', { args })
    await server.json('/tasks?count=3&sleep=60000')
    await server.log(event('run'), 'the first task')
    server.kill('SIGTERM')
    assert.equal((await ends(server)).code, 1)
    const { level } = await server.log(({ msg }) => msg.startsWith('3 tasks were lost'), 'the loss')
    assert.equal(level, 'error')
    const { cut } = stopped(server) ?? ({} as LogRecord)
    assert.equal((cut as { tasks: number }).tasks, 3)
  })

  it('leaves tasks to the next start with a broker that keeps them, and exits with 0', async () => {
    const args = ['-w', '1', '-t', '1', '-o', 'processes.maxWaitTime=100ms']
    await using server = await ServerUnderTest.start('tasks-app', { args })
    await server.json('/tasks?count=3&sleep=60000')
    await server.log(event('run'), 'the first task')
    server.kill('SIGTERM')
    assert.equal((await ends(server)).code, 0)
    await server.log(({ msg }) => msg.startsWith('3 tasks wait for the next start'), 'what is left')
  })
})

describe('a stop with shutdownDelay', () => {
  it('is not ready at once, answers what still comes, and only then refuses', async () => {
    await using server = await started('-o', 'admin.port=0', '-o', 'processes.shutdownDelay=4s')
    const { admin = '' } = await server.status()
    const ask = async (what: string): Promise<number> => (await fetch(`${admin}/${what}`)).status
    assert.deepEqual([await ask('live'), await ask('ready')], [200, 200])
    server.kill('SIGTERM')
    await until(async () => (await ask('ready')) === 503, 'the server not to be ready')
    assert.equal(await dial(server), 'answered')
    assert.equal(await ask('live'), 200)
    assert.equal((await server.status()).state, 'stopping')
    await refuses(server)
    assert.equal((await ends(server)).code, 0)
    assert.ok(Number(stopped(server)?.['milliseconds']) >= 4000)
  })

  it('is over at a second signal', async () => {
    await using server = await started('-o', 'processes.shutdownDelay=10m')
    server.kill('SIGTERM')
    await server.log(event('stop-phase'), 'the delay')
    server.kill('SIGINT')
    assert.equal((await ends(server)).code, 1)
  })
})
