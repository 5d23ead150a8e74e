/** Log files that are moved away while a server writes them, that cannot be written, and `log.file`. */
import assert from 'node:assert/strict'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { until } from '../until.ts'
import { DetachedProject } from './detached-server.ts'
import { Follower } from './log-follower.ts'
import { tsrv } from './project.ts'
import { ServerUnderTest } from './server-under-test.ts'

const onLinux = process.platform !== 'linux' && 'skipped: descriptors are looked at in /proc'

/** Everything that can log: each request leaves three lines in an HTTP worker, two in a task worker. */
const LOUD = {
  'app.js': `import { server } from '@tsrv/server'
export default (request) => {
  const n = new URL(request.url).searchParams.get('n')
  console.log('printed ' + n)
  console.error('complained ' + n)
  server.task({ n })
  return new Response('')
}`,
  'run.js': `export default ({ server, data }) => {
  server.log.info({ seen: 'task', n: data.n }, 'Task')
  console.log('ran ' + data.n)
}`,
  'ticker.js': `import { setTimeout } from 'node:timers/promises'
export default async ({ server, signal }) => {
  for (let n = 0; ; n++) {
    server.log.info({ seen: 'tick', n }, 'Tick')
    await setTimeout(20, undefined, { signal })
  }
}`,
  'tsrv.config.json': JSON.stringify({
    workers: 2,
    taskWorkers: 1,
    services: { ticker: './ticker.js' },
    listeners: { TaskEvent: './run.js' },
    log: { access: true },
  }),
}
const LOUD_ONES = ['http 0', 'http 1', 'task 0', 'service ticker']

/** Asks again and again, several at a time, each request with a number of its own. */
class Clients {
  readonly #url: string
  #isOver = false
  #next = 0
  readonly #all: Promise<unknown>

  constructor(url: string) {
    this.#url = url
    this.#all = Promise.all(Array.from({ length: 4 }, () => this.#ask()))
  }

  /** @returns how many requests were answered */
  async end(): Promise<number> {
    this.#isOver = true
    await this.#all
    return this.#next
  }

  async #ask(): Promise<void> {
    while (!this.#isOver) {
      // A connection each, so that both workers get some.
      const headers = { connection: 'close' }
      const signal = AbortSignal.timeout(10_000)
      assert.equal((await fetch(`${this.#url}/?n=${this.#next++}`, { headers, signal })).status, 200)
      await pause(10)
    }
  }
}

const linesOf = (text: string): string[] => text.split('\n').slice(0, -1)

function kept(folder: string): string[] {
  return readdirSync(folder)
    .filter((file) => file.startsWith('server.log') || file.startsWith('app.log'))
    .flatMap((file) => linesOf(readFileSync(path.join(folder, file), 'utf8')))
}

/** What a line says and of which request; a torn one is none of these. */
function kindOf(line: string): string {
  const printed = /^(printed|complained|ran) \d+$/.exec(line)
  if (printed !== null) return line
  const { event, seen, url, n } = JSON.parse(line) as Readonly<Record<string, string | undefined>>
  if (event === 'request') return `request ${url?.slice('/?n='.length)}`
  return seen === undefined ? 'other' : `${seen} ${n}`
}

async function moveThrice(file: string): Promise<void> {
  for (const number of [1, 2, 3]) {
    renameSync(file, `${file}.${number}`)
    await until(
      () => {
        const text = existsSync(file) ? readFileSync(file, 'utf8') : ''
        return LOUD_ONES.every((name) => text.includes(`"process":"${name}"`))
      },
      'records of all processes in the new file',
      () => (existsSync(file) ? readFileSync(file, 'utf8').slice(-2000) : 'no file'),
    )
  }
}

describe('a log that is moved away under load', () => {
  for (const [what, args, folder, name] of [
    ['server.log', [], '.tsrv', 'server.log'],
    ['log.file', ['-o', 'log.file=var/app.log'], 'var', 'app.log'],
  ] as const) {
    it(`has every line once, in an old file or the new one, and tsrv logs -f shows all: ${what}`, async () => {
      await using server = new DetachedProject('plain-app', LOUD)
      const { urls } = await server.ready(args)
      const log = path.join(server.dir, folder, name)
      await using follower = new Follower(server.dir, ['-n', 'all'])
      await until(() => follower.text !== '', 'the follower')
      const clients = new Clients(String(urls[0]))
      await moveThrice(log)
      const asked = await clients.end()
      const files = (): string[] => kept(path.dirname(log))
      await until(() => files().filter((line) => line.startsWith('ran ')).length >= asked, 'all tasks')
      assert.equal((await tsrv(server.dir, ['stop'])).code, 0)
      const lines = files()
      const kinds = lines.map(kindOf)
      for (const kind of ['printed', 'complained', 'ran', 'request', 'task']) {
        const numbers = kinds.flatMap((one) => (one.startsWith(`${kind} `) ? Number(one.split(' ')[1]) : []))
        assert.deepEqual(
          numbers.toSorted((one, other) => one - other),
          Array.from({ length: asked }, (_, n) => n),
          kind,
        )
      }
      const ticks = kinds.filter((kind) => kind.startsWith('tick '))
      assert.equal(new Set(ticks).size, ticks.length)
      assert.ok(kinds.includes(`tick ${ticks.length - 1}`), 'no tick is missing')
      await until(
        () => linesOf(follower.text).length >= lines.length,
        'all lines in the follower',
        () => `${linesOf(follower.text).length} of ${lines.length}`,
      )
      assert.deepEqual(linesOf(follower.text).toSorted(), lines.toSorted())
    })
  }

  it(
    'is left by all descriptors after a reload, but those of the supervisor',
    { skip: onLinux },
    async () => {
      await using server = new DetachedProject('plain-app')
      await server.ready(['-w', '1'])
      renameSync(server.runFile('server.log'), server.runFile('server.log.1'))
      assert.equal((await tsrv(server.dir, ['reload'])).code, 0)
      const { workers = [] } = (await server.status()) ?? {}
      const fresh = workers.filter(({ generation }) => generation === 2)
      assert.equal(fresh.length, 1)
      for (const { pid } of fresh)
        for (const fd of [1, 2])
          assert.equal(readlinkSync(`/proc/${pid}/fd/${fd}`), server.runFile('server.log'))
    },
  )
})

describe('log.file', () => {
  it('has the log of a server in the background, shown by tsrv logs also after its end', async () => {
    await using server = new DetachedProject('plain-app')
    const { stdout, code } = await server.start(['-w', '1', '-o', 'log.file=logs/app.log'])
    assert.equal(code, 0)
    assert.match(stdout, /tsrv logs -f shows logs\/app\.log\n$/)
    const log = path.join(server.dir, 'logs/app.log')
    assert.match((await tsrv(server.dir, ['status'])).stdout, /^ {2}log logs\/app\.log$/m)
    await tsrv(server.dir, ['stop'])
    const shown = await tsrv(server.dir, ['logs'])
    assert.deepEqual([shown.code, shown.stdout], [0, readFileSync(log, 'utf8')])
    assert.match(shown.stdout, /"event":"stopped"/)
    // The next start knows where the log is before it knows the configuration.
    await server.ready(['-w', '1', '-o', 'log.file=logs/app.log'])
    assert.match(readFileSync(log, 'utf8'), /"event":"start".*\n.*"event":"ready"/)
  })

  it('takes the records of a server in the foreground, which prints where it was started', async () => {
    const app = `console.log('hello'); export default () => new Response('')`
    await using server = ServerUnderTest.launch('plain-app', {
      args: ['-w', '1', '-o', 'log.file=app.log'],
      files: { 'app.js': app },
    })
    const log = (): string => readFileSync(path.join(server.dir, 'app.log'), 'utf8')
    await until(() => existsSync(path.join(server.dir, 'app.log')) && log().includes('ready'), 'the record')
    assert.equal((await tsrv(server.dir, ['logs'])).stdout, log())
    assert.equal((await server.stop()).code, 0)
    assert.deepEqual(
      server.logs.map(({ msg }) => msg),
      ['hello'],
    )
    assert.match(log(), /"event":"stopped"/)
  })

  it('shows the lines of a start that failed, and the failure is in it', async () => {
    await using server = new DetachedProject('plain-app', { 'app.js': "throw new Error('no database')" })
    const { code, stderr } = await server.start(['-w', '1', '-o', 'log.file=app.log'])
    assert.equal(code, 1)
    assert.match(stderr, /no database/)
    assert.match(readFileSync(path.join(server.dir, 'app.log'), 'utf8'), /"event":"failed"/)
  })

  it('that cannot be written is told in one line, with status 1', async () => {
    await using server = new DetachedProject('plain-app')
    mkdirSync(path.join(server.dir, 'app.log'))
    const { code, stderr } = await tsrv(server.dir, ['start', '-o', 'port=0', '-o', 'log.file=app.log'])
    assert.equal(code, 1)
    assert.match(stderr, /^✖ Cannot write the log file .*\/app\.log: EISDIR.* log\.file.*\n$/)
    assert.equal(existsSync(server.runFile('server.json')), false)
  })

  it('on a disk that is full stops neither requests nor the server', { skip: onLinux }, async () => {
    await using server = new DetachedProject('plain-app')
    const { urls } = await server.ready(['-w', '1', '-o', 'log.file=/dev/full', '-o', 'log.access=true'])
    for (let asked = 0; asked < 50; asked++) {
      const begun = performance.now()
      assert.equal((await fetch(String(urls[0]))).status, 200)
      assert.ok(performance.now() - begun < 1000)
    }
    assert.equal((await tsrv(server.dir, ['reload'])).code, 0)
    assert.equal((await tsrv(server.dir, ['stop'])).code, 0)
  })

  it('changes with a restart, as a reload says', async () => {
    const config = (file: string): string => JSON.stringify({ workers: 1, log: { file } })
    await using server = new DetachedProject('plain-app', { 'tsrv.config.json': config('one.log') })
    await server.ready()
    writeFileSync(path.join(server.dir, 'tsrv.config.json'), config('two.log'))
    const { stdout, stderr } = await tsrv(server.dir, ['reload'])
    assert.match(stdout + stderr, /log\.file has changed; "tsrv restart" takes it over/)
    assert.equal(existsSync(path.join(server.dir, 'two.log')), false)
    assert.equal((await tsrv(server.dir, ['restart'])).code, 0)
    assert.match(readFileSync(path.join(server.dir, 'two.log'), 'utf8'), /"event":"ready"/)
    assert.equal((await server.status())?.logFile, path.join(server.dir, 'two.log'))
  })
})
