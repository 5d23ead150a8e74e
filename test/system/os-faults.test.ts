/** What the operating system does to a server: no descriptors left, output that nobody reads, pids given to others. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import path from 'node:path'
import { describe, it } from 'node:test'
import { until } from '../until.ts'
import { project } from './project.ts'
import { ServerUnderTest } from './server-under-test.ts'

/** Requests whose records fill the log. */
const COUNT = 700
/** Clock ticks per second of /proc/PID/stat; 100 on every Linux that Node runs on. */
const TICKS = 100

describe('a server that runs out of descriptors', () => {
  it('lives on without spinning, and serves again when clients have gone', async () => {
    await using server = await ServerUnderTest.start('plain-app', {
      args: ['-w', '1'],
      shell: 'ulimit -n 64; exec "$0" "$@"',
    })
    const worker = await server.pidOf('http')
    const clients = await crowd(server, 200)
    await until(() => clients.closed > 0, 'connections that find no descriptor')
    const cpu = cpuSeconds(worker)
    const begun = performance.now()
    await until(() => performance.now() > begun + 500, 'half a second')
    assert.ok(cpuSeconds(worker) - cpu < 0.25, 'the processor is not kept busy')
    assert.equal((await server.status()).state, 'ready')
    clients.leave()
    await until(async () => (await server.request('/').catch(() => undefined))?.status === 200, 'an answer')
    assert.deepEqual([await server.pidOf('http'), server.stderr], [worker, ''])
    assert.equal((await server.stop()).code, 0)
  })
})

interface Crowd {
  /** How many the server has turned away. */
  closed: number
  leave(): void
}

/** Clients that connect and say nothing. */
async function crowd({ url }: ServerUnderTest, count: number): Promise<Crowd> {
  const { hostname, port } = new URL(url)
  const sockets = Array.from({ length: count }, () => net.connect(Number(port), hostname))
  const crowd: Crowd = { closed: 0, leave: () => sockets.forEach((socket) => socket.destroy()) }
  for (const socket of sockets) socket.on('error', () => {}).once('close', () => crowd.closed++)
  await Promise.all(sockets.map((socket) => once(socket, 'connect')))
  return crowd
}

function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS
}

/** The whole ones; none of a file that is not there yet. */
function linesIn(file: string): string[] {
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : []
}

describe('the output of a server', () => {
  it('may end after a line: tsrv start | head -1', async () => {
    const dir = project('plain-app')
    try {
      // "exec" is for the pid; the other end of the pipe is gone after the first line.
      await using server = ServerUnderTest.launch('', {
        dir,
        args: ['-o', 'log.access=true'],
        shell: 'mkfifo pipe; head -1 < pipe & exec "$0" "$@" > pipe',
      })
      await until(() => server.logs.length > 0, 'the first line')
      await ready(server)
      const { workers } = await server.status()
      for (let round = 0; round < 20; round++) assert.equal((await server.request('/')).status, 200)
      const pids = (some: typeof workers): unknown[] => some.map(({ pid }) => pid)
      assert.deepEqual(pids((await server.status()).workers), pids(workers))
      server.kill('SIGTERM')
      assert.deepEqual([(await server.ended).code, server.stderr], [0, ''])
    } finally {
      rmSync(dir, { recursive: true, force: true })
    }
  })

  it('stalls no request while nobody reads it, and tells later how many records are missing', async () => {
    const dir = project('plain-app')
    const log = path.join(dir, 'log')
    try {
      await using server = ServerUnderTest.launch('', {
        dir,
        args: ['-w', '1', '-o', 'log.access=true', '-o', 'log.pretty=false'],
        // The reader holds the pipe, and reads it once there is a file "go", or the project is gone.
        shell: `mkfifo pipe
(while test -e app.js && ! test -e go; do sleep 0.05; done; cat > log) < pipe &
exec "$0" "$@" > pipe`,
      })
      await ready(server)
      // Their records are more than the pipe takes, and the server keeps for it: 8 MiB.
      const longest = await askFor(server, `/?${'x'.repeat(15_000)}`, COUNT)
      assert.ok(longest < 1000, `${longest} ms`)
      writeFileSync(path.join(dir, 'go'), '')
      const records = (): string[] => linesIn(log)
      await until(
        () => records().some((line) => line.includes('"dropped":')),
        'the word about what is missing',
      )
      const dropped = records().flatMap((line) => (JSON.parse(line) as { dropped?: number }).dropped ?? [])
      const requests = records().filter((line) => line.includes('"event":"request"')).length
      assert.equal(requests + dropped.reduce((sum, one) => sum + one, 0), COUNT)
      server.kill('SIGTERM')
      assert.equal((await server.ended).code, 0)
    } finally {
      rmSync(dir, { recursive: true, force: true })
    }
  })

  it('keeps no more of what the app prints for a reader that has stopped, and counts what is missing', async () => {
    const app = `export default (request) => {
  console.error('printed ' + new URL(request.url).search)
  return new Response('')
}`
    const dir = project('plain-app', { 'app.js': app })
    const log = path.join(dir, 'log')
    try {
      await using server = ServerUnderTest.launch('', {
        dir,
        args: ['-w', '1'],
        shell: `mkfifo pipe
(while test -e app.js && ! test -e go; do sleep 0.05; done; cat > log) < pipe &
exec "$0" "$@" 2> pipe`,
      })
      await ready(server)
      const longest = await askFor(server, `/?${'x'.repeat(15_000)}`, COUNT)
      assert.ok(longest < 1000, `${longest} ms`)
      writeFileSync(path.join(dir, 'go'), '')
      const lines = (): string[] => linesIn(log)
      await until(() => lines().some((line) => line.includes('"dropped":')), 'the word about what is missing')
      const printed = lines().filter((line) => /^printed \?x{15000}$/.test(line)).length
      const dropped = lines().flatMap((line) => Number(/"dropped":(\d+)/.exec(line)?.[1] ?? 0))
      assert.equal(printed + dropped.reduce((sum, one) => sum + one, 0), COUNT)
      assert.equal((await server.stop()).code, 0)
    } finally {
      rmSync(dir, { recursive: true, force: true })
    }
  })
})

/** For a server whose output is not read here. */
async function ready(server: ServerUnderTest): Promise<void> {
  const state = (): Promise<string | undefined> =>
    server.status().then(
      (status) => status.state,
      () => undefined,
    )
  await until(async () => (await state()) === 'ready', 'the server to be ready')
  server.url = (await server.status()).urls[0] ?? ''
}

/** Milliseconds that the slowest answer took. */
async function askFor(server: ServerUnderTest, route: string, count: number): Promise<number> {
  let longest = 0
  for (let asked = 0; asked < count; asked++) {
    const begun = performance.now()
    assert.equal((await server.request(route)).status, 200)
    longest = Math.max(longest, performance.now() - begun)
  }
  return longest
}
