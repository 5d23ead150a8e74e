/** `tsrv task …` against a real server. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { ListedTask, TaskDeedReport, TaskDetails, TaskListing } from '../../src/wire/task-questions.ts'
import { until } from '../until.ts'
import { BIN, type Ended, tsrv } from './project.ts'
import { ServerUnderTest } from './server-under-test.ts'

describe('tsrv task', () => {
  let server: ServerUnderTest
  before(async () => {
    server = await ServerUnderTest.start('tasks-app', { args: ['-w', '1', '-t', '1'] })
  })
  after(() => server[Symbol.asyncDispose]())

  const task = (...args: readonly string[]): Promise<Ended> => tsrv(server.dir, ['task', ...args])

  async function json<Answer>(...args: readonly string[]): Promise<Answer> {
    const { code, stdout, stderr } = await task(...args, '--json')
    assert.equal(code, 0, stderr)
    return JSON.parse(stdout) as Answer
  }

  const send = (query: string): Promise<number> => server.json(`/task?${query}`) as Promise<number>

  async function hasStatus(id: number, status: string): Promise<void> {
    await until(
      async () => (await json<TaskDetails>('show', String(id))).status === status,
      `task ${id} to be ${status}`,
    )
  }

  it('S18, T30: lists tasks, filtered, sorted and page by page', async () => {
    const ids = [await send('n=1'), await send('throw=oh%20no'), await send('n=2')]
    await hasStatus(ids[2] ?? 0, 'completed')
    const { stdout } = await task('list')
    assert.match(stdout, /^ID +NAME +STATUS +SENT +TOOK +ERROR\n/)
    assert.match(stdout, new RegExp(`^${ids[1]} +object +failed .*TypeError: oh no$`, 'm'))
    const failed = await json<TaskListing>('list', '--status', 'failed')
    assert.deepEqual(
      failed.tasks.map(({ id }) => id),
      [ids[1]],
    )
    const sorted = ['list', '--sort', 'id:asc', '--limit', '2']
    const first = await json<TaskListing>(...sorted)
    const rest = await json<TaskListing>(...sorted, '--cursor', first.next ?? '')
    const all = await json<TaskListing>('list', '--all', '--sort', 'id:asc')
    const idsOf = ({ tasks }: TaskListing): number[] => tasks.map(({ id }: ListedTask) => id)
    assert.deepEqual([...idsOf(first), ...idsOf(rest)], ids)
    assert.deepEqual(idsOf(all), ids)
    assert.equal((await task('list', '--name', 'nothing%')).stdout, 'No task matches.\n')
  })

  it('S18, T30: shows one with its data and its error', async () => {
    const id = await send('throw=too%20bad')
    await hasStatus(id, 'failed')
    const { stdout } = await task('show', String(id))
    assert.match(stdout, new RegExp(`^Task ${id} {2}object {2}failed\n`))
    assert.match(stdout, /\nData\n {2}\{ throw: 'too bad' \}\nError\n {2}TypeError: too bad\n {6}at run /)
    assert.match(stdout, /code: E_TEST/)
  })

  it('follows one until it has ended, a snapshot for each change', async () => {
    assert.equal((await tsrv(server.dir, ['queue', 'pause', 'default'])).code, 0)
    const id = await send('sleep=10')
    const child = spawn(process.execPath, [BIN, 'task', 'show', String(id), '--watch', '--json'], {
      cwd: server.dir,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let text = ''
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
    const ended = new Promise((resolve) => child.once('close', resolve))
    await until(() => text.includes('\n'), 'the first snapshot')
    assert.equal((await tsrv(server.dir, ['queue', 'resume', 'default'])).code, 0)
    const code = await ended
    const statuses = text
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as TaskDetails).status)
    assert.deepEqual([code, statuses.at(-1)], [0, 'completed'])
    assert.ok(statuses.length >= 2 && statuses.length <= 4, statuses.join())
  })

  it('watches until it is told to end, and writes nothing when nothing changes', async () => {
    const child = spawn(process.execPath, [BIN, 'task', 'stats', '--watch'], {
      cwd: server.dir,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let text = ''
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
    const ended = new Promise((resolve) => child.once('close', resolve))
    const shown = (): number => text.split('Now:').length - 1
    await until(() => shown() === 1, 'the first snapshot')
    const id = await send('sleep=10')
    await until(() => shown() > 1, 'another one')
    await hasStatus(id, 'completed')
    child.kill('SIGINT')
    assert.equal(await ended, 0)
    assert.ok(shown() <= 4, text)
  })

  it('T30: waits for what it runs until it is told to end, and says that the task goes on', async () => {
    assert.equal((await tsrv(server.dir, ['queue', 'pause', 'default'])).code, 0)
    const child = spawn(process.execPath, [BIN, 'task', 'run', 'nobody#runsThis'], {
      cwd: server.dir,
      stdio: ['ignore', 'inherit', 'pipe'],
    })
    let text = ''
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
    const ended = new Promise((resolve) => child.once('close', resolve))
    const sent = async (): Promise<ListedTask | undefined> =>
      (await json<TaskListing>('list', '--name', 'nobody#runsThis')).tasks[0]
    await until(async () => (await sent()) !== undefined, 'the task')
    child.kill('SIGINT')
    assert.equal(await ended, 1)
    const { id, status } = (await sent()) ?? {}
    assert.match(text, new RegExp(`^Task ${id} goes on: "tsrv task show ${id}" shows it, `))
    assert.equal(status, 'enqueued')
    assert.equal((await task('cancel', String(id))).code, 0)
    assert.equal((await tsrv(server.dir, ['queue', 'resume', 'default'])).code, 0)
  })

  it('S18, T22, T30: cancels a task that waits and one that runs', async () => {
    const [runs, waits] = [await send('sleep=60000'), await send('n=3')]
    await hasStatus(runs, 'running')
    const { code, stdout } = await task('cancel', String(waits), String(runs), '99999999')
    assert.equal(code, 0)
    assert.match(stdout, new RegExp(`✓ Task ${waits} cancelled\n✓ Task ${runs} cancelled\n`))
    assert.match(stdout, /✗ Task 99999999 not cancelled: there is no such task/)
    await hasStatus(runs, 'cancelled')
    const run = server.logs.filter((one) => one['event'] === 'run' && one['taskId'] === waits)
    assert.deepEqual(run, [], 'what waited has not run')
    const again = await task('cancel', String(runs))
    assert.deepEqual([again.code, again.stdout.includes('it has ended (cancelled)')], [1, true])
  })

  it('T30: sends an ended task again, whose report the leader gets', async () => {
    const id = await send('n=once')
    await hasStatus(id, 'completed')
    const { done } = await json<TaskDeedReport>('retry', String(id))
    const as = done[0]?.as ?? 0
    assert.ok(as > id)
    const report = await server.log(
      (one) => one['event'] === 'finish' && one['taskId'] === as,
      'the report of the second one',
    )
    assert.deepEqual((report['data'] as { data: unknown }).data, { n: 'once' })
    const { retryOf, sender } = await json<TaskDetails>('show', String(as))
    assert.deepEqual([retryOf, sender], [id, 'cli'])
  })

  it('T23, T30: takes ended tasks out of the lists', async () => {
    const id = await send('n=old')
    await hasStatus(id, 'completed')
    const { code, stdout } = await task('archive', '--where', `id=${id}`)
    assert.deepEqual([code, stdout], [0, `✓ Task ${id} archived\n`])
    const { tasks } = await json<TaskListing>('list', '--all')
    assert.equal(
      tasks.some((one) => one.id === id),
      false,
    )
    assert.equal((await json<TaskListing>('list', '--status', 'archived')).tasks[0]?.id, id)
    assert.equal((await task('archive', String(id))).code, 1)
  })

  it('says what is wrong with a question', async () => {
    const wrong = await task('list', '--where', 'status=faild')
    assert.deepEqual([wrong.code, wrong.stdout], [1, ''])
    assert.match(wrong.stderr, /there is no status "faild"; expected one of enqueued, /)
    assert.match((await task('show', '99999999')).stderr, /There is no task 99999999 in the task log/)
    assert.match((await task('show', 'x')).stderr, /Expected the id of a task/)
    assert.match((await task('retry')).stderr, /^✖ Expected ids of tasks, or conditions/)
  })
})

describe('tsrv task without a server', () => {
  const dir = mkdtempSync(path.join(tmpdir(), 'tsrv-task-'))
  after(() => rmSync(dir, { recursive: true, force: true }))

  it('says so, with the exit status for it', async () => {
    for (const words of [['list'], ['show', '1', '--watch'], ['cancel', '1', '--json']]) {
      const { code, stdout, stderr } = await tsrv(dir, ['task', ...words])
      assert.deepEqual([code, stdout], [3, ''])
      assert.match(stderr, /Server is not running; "tsrv start -t 2" starts one/)
    }
  })

  it('says that a server has no task workers', async () => {
    await using server = await ServerUnderTest.start('plain-app', { args: ['-w', '1'] })
    const { code, stderr } = await tsrv(server.dir, ['task', 'list'])
    assert.equal(code, 1)
    assert.match(stderr, /This server has no task server: start it with -t N/)
  })
})
