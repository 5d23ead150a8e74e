import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { until } from '../until.ts'
import { isAlive } from './alive.ts'
import { tsrv } from './project.ts'
import { type LogRecord, ServerUnderTest } from './server-under-test.ts'

const ofKind =
  (kind: string, taskId?: unknown) =>
  (record: LogRecord): boolean =>
    record['event'] === kind && (taskId === undefined || record['taskId'] === taskId)

describe('server.task()', () => {
  it('behaviours 36, 38: returns an id at once; the task runs elsewhere and its end comes back to the sender', async () => {
    await using server = await ServerUnderTest.start('tasks-app', { args: ['-t', '1'] })
    const id = await server.json('/task?hello=world')
    const finish = await server.log(ofKind('finish', id), 'the finish event')
    const run = await server.log(ofKind('run', id), 'the run of the task')
    assert.match(run.process, /^task \d$/)
    const { data } = finish as unknown as { data: { id: number; sender: number; data: unknown } }
    assert.deepEqual(data, { id, sender: finish['worker'], data: { hello: 'world' } })
    assert.equal(finish.process, `http ${data.sender}`)
  })

  it('gives each of 10,000 tasks over HTTP exactly one finish event', async () => {
    await using server = await ServerUnderTest.start('tasks-app', {
      args: ['-w', '4', '-t', '4', '-o', 'log.level=info'],
    })
    const batches = await Promise.all(Array.from({ length: 100 }, () => server.json('/tasks?count=100')))
    const ids = batches.flat() as number[]
    assert.equal(new Set(ids).size, 10_000)
    const finishes = (): LogRecord[] => server.logs.filter(ofKind('finish'))
    await until(
      () => finishes().length >= 10_000,
      '10,000 finish events',
      () => `${finishes().length} came`,
      60_000,
    )
    const finished = finishes().map((record) => record['taskId'] as number)
    assert.deepEqual(
      finished.toSorted((a, b) => a - b),
      ids.toSorted((a, b) => a - b),
    )
    // The records of another process, written in its own time.
    const runs = (): number => server.logs.filter(ofKind('run')).length
    await until(() => runs() >= 10_000, 'the records of all runs')
    assert.equal(runs(), 10_000, 'none ran twice')
  })

  it('runs tasks one by one in the order they were sent with -t 1', async () => {
    await using server = await ServerUnderTest.start('tasks-app', { args: ['-w', '1', '-t', '1'] })
    const ids = (await server.json('/tasks?count=300')) as number[]
    await server.log(ofKind('run', ids.at(-1)), 'the run of the last task')
    const runs = server.logs.filter(ofKind('run')).map((record) => record['taskId'])
    assert.deepEqual(runs, ids)
  })

  it('runs exactly -t tasks at a time', async () => {
    await using server = await ServerUnderTest.start('tasks-app', { args: ['-t', '3'] })
    await server.json('/tasks?count=30&sleep=40')
    const seen: number[] = []
    await until(async () => {
      const { tasks } = await server.status()
      seen.push(tasks?.running ?? 0)
      return tasks?.finished === 30
    }, 'all tasks to finish')
    assert.equal(Math.max(...seen), 3)
  })

  it('throws TSRV_TASKS_DISABLED with -t 0', async () => {
    await using server = await ServerUnderTest.start('plain-app', { args: ['-w', '1'] })
    assert.equal((await server.request('/task')).status, 500)
    const { err } = (await server.log(
      (record) => record.msg === 'Request failed',
      'the failure',
    )) as unknown as {
      err: { code: string; message: string }
    }
    assert.equal(err.code, 'TSRV_TASKS_DISABLED')
    assert.match(err.message, /-t N/)
  })

  it('lets tasks send tasks, whose end the leader hears', async () => {
    await using server = await ServerUnderTest.start('tasks-app')
    const id = await server.json('/task?child=grandchild')
    const parent = await server.log(ofKind('finish', id), 'the end of the parent')
    const { child } = parent['data'] as { child: number }
    const finish = await server.log(ofKind('finish', child), 'the end of the child')
    const { workers } = await server.status()
    assert.equal(finish['worker'], workers.find((worker) => worker.leader === true)?.slot)
    assert.deepEqual((finish['data'] as { data: unknown }).data, { n: 'grandchild' })
  })

  it('reports a throwing listener as TaskErrorEvent and TaskFinishEvent, and the worker lives', async () => {
    await using server = await ServerUnderTest.start('tasks-app', { args: ['-w', '1', '-t', '1'] })
    const id = await server.json('/task?throw=sorry')
    const error = await server.log(ofKind('task-error', id), 'the error event')
    assert.deepEqual([error['name'], error['code'], error.msg], ['TypeError', 'E_TEST', 'sorry'])
    assert.equal((await server.log(ofKind('finish', id), 'the finish event'))['error'], 'sorry')
    const next = await server.json('/task')
    assert.equal((await server.log(ofKind('finish', next), 'the next task'))['error'], undefined)
  })

  it('waits for the return value with taskWait', async () => {
    await using server = await ServerUnderTest.start('tasks-app', { args: ['-w', '1', '-t', '1'] })
    const answer = (await server.json('/wait?a=b')) as { data: unknown }
    assert.deepEqual(answer.data, { a: 'b' })
  })

  it('shows task workers the .env of the last reload', async () => {
    const run = 'export default () => process.env.GREETING ?? "nothing"\n'
    await using server = await ServerUnderTest.start('tasks-app', {
      files: { 'run.js': run, '.env': 'GREETING=hello\n' },
    })
    assert.equal(await server.json('/wait'), 'hello')
    writeFileSync(path.join(server.dir, '.env'), 'GREETING=good day\n')
    assert.equal((await tsrv(server.dir, ['reload', '--tasks'])).code, 0)
    assert.equal(await server.json('/wait'), 'good day')
    writeFileSync(path.join(server.dir, '.env'), '')
    assert.equal((await tsrv(server.dir, ['reload'])).code, 0)
    await until(async () => (await server.json('/wait')) === 'nothing', 'a variable that is gone')
  })

  it('says so when nothing handles a task', async () => {
    await using server = await ServerUnderTest.start('tasks-app', {
      args: ['-w', '1'],
      files: {
        'tsrv.config.ts': `export default { taskWorkers: 1, listeners: { TaskFinishEvent: './finish.js' } }`,
      },
    })
    const id = (await server.json('/task?a=b')) as number
    const finish = await server.log(ofKind('finish', id), 'the finish event')
    assert.match(String(finish['error']), new RegExp(`Nothing handled task ${id}`))
  })

  it('runs what waits before a stop ends when nothing would keep it', async () => {
    await using server = await ServerUnderTest.start('tasks-app', {
      args: ['-w', '1', '-t', '2', '-o', 'tasks.broker=memory'],
    })
    const ids = (await server.json('/tasks?count=40&sleep=20')) as number[]
    assert.equal((await server.stop()).code, 0)
    assert.equal(server.logs.filter(ofKind('finish')).length, ids.length)
  })

  it('counts what a stop at its deadline loses', async () => {
    await using server = await ServerUnderTest.start('tasks-app', {
      args: ['-w', '1', '-t', '1', '-o', 'processes.maxWaitTime=300ms', '-o', 'tasks.broker=memory'],
    })
    await server.json('/tasks?count=5&sleep=60000')
    assert.equal((await server.stop()).code, 1)
    const lost = server.logs.find((record) => record.msg.includes('were lost'))
    assert.equal(lost?.['left'], 5)
  })

  it('says what a stop leaves to the next start', async () => {
    await using server = await ServerUnderTest.start('tasks-app', {
      args: ['-w', '1', '-t', '1', '-o', 'processes.maxWaitTime=300ms'],
    })
    await server.json('/tasks?count=5&sleep=60000')
    assert.equal((await server.stop()).code, 0)
    assert.match(server.logs.map(({ msg }) => msg).join('\n'), /5 tasks wait for the next start/)
  })
})

describe('a crash', () => {
  it('of a task worker thread is retried as the next attempt, in a fresh thread', async () => {
    await using server = await ServerUnderTest.start('tasks-app', { args: ['-w', '1', '-t', '1'] })
    const id = await server.json('/task?exit=1')
    const finish = await server.log(ofKind('finish', id), 'the finish event')
    assert.equal(finish['error'], undefined)
    await server.log((record) => ofKind('run', id)(record) && record['attempt'] === 2, 'the second run')
    assert.deepEqual(
      server.logs.filter(ofKind('run', id)).map((record) => record['attempt']),
      [1, 2],
    )
  })

  it('of an HTTP worker is answered by a new one; its tasks end at the successor', async () => {
    await using server = await ServerUnderTest.start('tasks-app', { args: ['-w', '1'] })
    const id = await server.json('/task?sleep=300')
    const killed = await server.pidOf('http')
    process.kill(killed, 'SIGKILL')
    await until(
      async () => (await server.request('/').catch(() => undefined))?.status === 200,
      'the next answer',
    )
    assert.notEqual(await server.pidOf('http'), killed)
    const finish = await server.log(ofKind('finish', id), 'the finish event')
    assert.equal(finish['redelivered'], false)
  })

  it('S16: of the task server loses no task: it is replaced and unfinished tasks are sent again', async () => {
    await using server = await ServerUnderTest.start('tasks-app', { args: ['-t', '2'] })
    const ids = (await server.json('/tasks?count=60&sleep=15')) as number[]
    await server.log(ofKind('finish', ids[10]), 'the eleventh task')
    process.kill(await server.pidOf('tasks'), 'SIGKILL')
    const isDone = (id: number): boolean => server.logs.some(ofKind('finish', id))
    await until(
      () => ids.every(isDone),
      'all tasks',
      () => ids.filter((id) => !isDone(id)).join(),
    )
    for (const id of ids) assert.equal(server.logs.filter(ofKind('finish', id)).length, 1, `task ${id}`)
  })

  it('of the supervisor ends every process within two seconds, and the next start works', async () => {
    await using server = await ServerUnderTest.start('tasks-app', { args: ['-w', '1', '-t', '1'] })
    const { workers } = await server.status()
    const pids = workers.flatMap(({ pid }) => pid ?? [])
    server.kill('SIGKILL')
    await until(
      () => pids.every((pid) => !isAlive(pid)),
      'all processes to end',
      () => pids.join(),
      2000,
    )
    await using next = await ServerUnderTest.start('tasks-app', {
      dir: server.dir,
      args: ['-w', '1', '-t', '1'],
    })
    assert.equal((await next.request('/')).status, 200)
  })

  it('of everything lets no task id appear twice', async () => {
    await using server = await ServerUnderTest.start('tasks-app', { args: ['-w', '1', '-t', '1'] })
    const id = (await server.json('/task')) as number
    server.kill('SIGKILL')
    await server.ended
    await using next = await ServerUnderTest.start('tasks-app', {
      dir: server.dir,
      args: ['-w', '1', '-t', '1'],
    })
    assert.ok(((await next.json('/task')) as number) > id)
  })
})
