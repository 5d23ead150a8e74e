/** `tsrv work`: more lanes for a real server, for as long as the command runs. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, describe, it } from 'node:test'
import { until } from '../until.ts'
import { BIN, tsrv } from './project.ts'
import { ServerUnderTest } from './server-under-test.ts'

interface News {
  readonly event: string
  readonly id?: number
  readonly how?: string
  readonly code?: string
}

class WorkUnderTest implements AsyncDisposable {
  readonly news: News[] = []
  stderr = ''
  readonly ended: Promise<number | null>
  readonly #child: ChildProcess

  private constructor(dir: string, args: readonly string[]) {
    this.#child = spawn(process.execPath, [BIN, 'work', ...args], {
      cwd: dir,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    createInterface({ input: this.#child.stdout! }).on('line', (line) =>
      this.news.push(JSON.parse(line) as News),
    )
    this.#child.stderr!.setEncoding('utf8').on('data', (text: string) => (this.stderr += text))
    this.ended = new Promise((resolve) => this.#child.once('close', resolve))
  }

  static async open(dir: string, ...args: readonly string[]): Promise<WorkUnderTest> {
    const work = new WorkUnderTest(dir, args)
    await work.heard('open')
    return work
  }

  async heard(event: string, times = 1): Promise<void> {
    const count = (): number => this.news.filter((one) => one.event === event).length
    await until(
      () => count() >= times,
      `"${event}" of tsrv work`,
      () => `${JSON.stringify(this.news)} ${this.stderr}`,
    )
  }

  count(event: string): number {
    return this.news.filter((one) => one.event === event).length
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.ended
  }
}

describe('tsrv work', () => {
  let server: ServerUnderTest
  before(async () => {
    server = await ServerUnderTest.start('tasks-app', { args: ['-w', '1', '-t', '1'] })
  })
  after(() => server[Symbol.asyncDispose]())

  const lanes = async (): Promise<number> => (await server.status()).tasks?.workers ?? 0
  const running = async (): Promise<number> => (await server.status()).tasks?.running ?? 0

  async function quiet(): Promise<void> {
    await until(async () => (await running()) === 0 && (await lanes()) === 1, 'the server to be as before')
  }

  it('T27: runs as many tasks as it was asked for besides the server, and ends', async () => {
    await using work = await WorkUnderTest.open(server.dir, '2', '--lanes', '2')
    assert.equal(await lanes(), 3)
    const ids = (await server.json('/tasks?count=6&sleep=200')) as number[]
    assert.equal(await work.ended, 0)
    assert.deepEqual(
      [work.count('started'), work.count('finished'), work.news.at(-1)?.event],
      [2, 2, 'closed'],
    )
    for (const { id, how } of work.news.filter((one) => one.event === 'finished')) {
      assert.deepEqual([ids.includes(id ?? 0), how], [true, 'completed'])
    }
    await quiet()
  })

  it('T28: finishes its task after TERM, and its lane is gone', async () => {
    await using work = await WorkUnderTest.open(server.dir)
    await server.json('/tasks?count=2&sleep=500')
    await work.heard('started')
    work.kill('SIGTERM')
    assert.equal(await work.ended, 0)
    assert.deepEqual(
      work.news.map((one) => one.event),
      ['open', 'started', 'finished', 'closed'],
    )
    await quiet()
  })

  it('T28: pauses at USR2 and goes on at CONT', async () => {
    await using work = await WorkUnderTest.open(server.dir)
    work.kill('SIGUSR2')
    await work.heard('paused')
    await server.json('/tasks?count=2&sleep=300')
    await until(async () => (await running()) === 1, 'the lane of the server to run a task')
    assert.equal(work.count('started'), 0)
    work.kill('SIGCONT')
    await work.heard('started')
    work.kill('SIGINT')
    assert.equal(await work.ended, 0)
    await quiet()
  })

  it('gives its lane back when it is killed, and its task goes on', async () => {
    await using work = await WorkUnderTest.open(server.dir)
    const ids = (await server.json('/tasks?count=2&sleep=400')) as number[]
    await work.heard('started')
    work.kill('SIGKILL')
    await work.ended
    for (const id of ids) {
      await server.log((one) => one['event'] === 'finish' && one['taskId'] === id, 'the end of its task')
    }
    await quiet()
  })

  it('leaves at once at a second signal', async () => {
    await using work = await WorkUnderTest.open(server.dir)
    await server.json('/tasks?count=2&sleep=1500')
    await work.heard('started')
    work.kill('SIGINT')
    work.kill('SIGTERM')
    assert.equal(await work.ended, 1)
    assert.match(work.stderr, /Left before the tasks of these task workers have ended/)
    assert.equal(work.count('finished'), 0)
    await quiet()
  })

  it('ends with the task server, and says so', async () => {
    await using work = await WorkUnderTest.open(server.dir)
    process.kill(await server.pidOf('tasks'), 'SIGKILL')
    assert.equal(await work.ended, 1)
    assert.equal(work.news.at(-1)?.code, 'TSRV_TASK_SERVER_SILENT')
    assert.match(work.stderr, /The task server does not answer: it has ended/)
    await quiet()
  })

  it('T28: says that there is no such queue', async () => {
    const { code, stderr } = await tsrv(server.dir, ['work', '--queue', 'nobody'])
    assert.equal(code, 1)
    assert.match(stderr, /no queue "nobody", which tsrv work asks for; there are: default/)
    await quiet()
  })

  it('says that no server runs', async () => {
    const dir = mkdtempSync(path.join(tmpdir(), 'tsrv-work-'))
    const { code, stderr } = await tsrv(dir, ['work'])
    rmSync(dir, { recursive: true })
    assert.equal(code, 3)
    assert.match(stderr, /Server is not running; "tsrv start -t 2" starts one/)
  })
})
