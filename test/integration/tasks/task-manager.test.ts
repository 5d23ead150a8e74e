/** The task manager in a plain program: real threads, a queue in memory or in a file. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, it } from 'node:test'
import {
  ServiceBasedTask,
  Task,
  TaskManager,
  type TaskManagerOptions,
  type TaskProgressReport,
} from '../../../src/index.ts'
import * as jobs from '../../fixtures/task-manager/jobs.ts'
import { until } from '../../until.ts'

const ROOT = path.join(import.meta.dirname, '../../fixtures/task-manager')

function manager(options: TaskManagerOptions = {}): TaskManager {
  return new TaskManager({ root: ROOT, modules: './jobs.ts', logLevel: 'silent', ...options })
}

/** Number of threads now. */
const size = async (tasks: TaskManager): Promise<number> => (await tasks.stats()).pool.currentWorkers

describe('S1: the options of a task manager', () => {
  for (const [what, options, message] of [
    [
      'no worker at least',
      { minWorkers: 0 },
      /minWorkers of new TaskManager\(\) is 0; expected an integer 1-/,
    ],
    ['no worker at most', { maxWorkers: 0 }, /maxWorkers .* is 0/],
    [
      'fewer at most than at least',
      { minWorkers: 3, maxWorkers: 2 },
      /maxWorkers .* is 2; expected at least minWorkers \(3\)/,
    ],
    ['an idle time below 0', { idleTimeout: -1 }, /idleTimeout .* is -1/],
    ['no job per worker', { jobsPerWorker: 0 }, /jobsPerWorker .* is 0/],
    [
      'an option there is not',
      { maxworkers: 2 } as object,
      /Option maxworkers .* is 2; expected one of .*maxWorkers/,
    ],
    [
      'a level there is not',
      { logLevel: 'loud' as 'warn' },
      /logLevel .* is 'loud'; expected one of trace, /,
    ],
    ['half a worker', { minWorkers: 1.5 }, /minWorkers .* is 1\.5/],
    [
      'a queue that there is not',
      { queue: 'redis://x' as 'memory' },
      /queue .*redis.*expected "memory" or \{ sqlite: file \}/,
    ],
  ] as const) {
    it(`refuse ${what}`, () => {
      assert.throws(() => new TaskManager(options), { code: 'TSRV_TASK_OPTION_INVALID', message })
    })
  }
})

describe('S5, S7, S27: a task manager', () => {
  it('resolves with a report for success and failure alike: 5 completed, 1 failed', async () => {
    await using tasks = manager({ minWorkers: 2, maxWorkers: 2 })
    const reports = await Promise.all([
      tasks.submitTask(new Task(jobs.add, 1, 2)),
      tasks.submitTask(new Task(jobs.add, 3, 4)),
      tasks.submitTask(new Task(jobs.pause, 5)),
      tasks.submitTask(new jobs.Fail('throw')),
      tasks.submitTask(new Task(jobs.pause, 10)),
      tasks.submitTask(new Task(jobs.add)),
    ])
    const results = reports.map(({ state, value, error }) => [state, value ?? error?.message])
    assert.deepEqual(results, [
      ['completed', 3],
      ['completed', 7],
      ['completed', '5 ms'],
      ['failed', 'thrown'],
      ['completed', '10 ms'],
      ['completed', 0],
    ])
    assert.ok(reports[3]?.error instanceof RangeError)
    assert.deepEqual(
      reports.map(({ completion }) => completion),
      [100, 100, 100, 0, 100, 100],
    )
    assert.deepEqual(await tasks.stats(), {
      pool: {
        currentWorkers: 2,
        maxWorkers: 2,
        currentTasks: 0,
        completedTasks: 5,
        failedTasks: 1,
        totalTasks: 6,
      },
      queue: { currentTasks: 0 },
    })
  })

  it('rejects only what could not be queued', async () => {
    await using tasks = manager()
    await assert.rejects(tasks.submitTask({ call: () => {} }), { code: 'TSRV_TASK_NOT_SERIALISABLE' })
    assert.equal((await tasks.submitTask(new jobs.Fail('exit'), { onCrash: 'fail' })).state, 'failed')
    assert.equal((await tasks.submitTask(new Task(jobs.add, 1))).value, 1, 'the next one runs')
  })

  it('cancels a task whose signal aborts', async () => {
    await using tasks = manager({ maxWorkers: 1 })
    const running = tasks.submitTask(new Task(jobs.pause, 300))
    const abort = new AbortController()
    const waiting = tasks.submitTask(new Task(jobs.pause, 1), { signal: abort.signal })
    await until(async () => (await tasks.stats()).queue.currentTasks === 1, 'the second one to wait')
    abort.abort()
    assert.equal((await waiting).state, 'cancelled')
    assert.equal((await running).state, 'completed')
  })

  it('takes no task once it has been terminated, and leaves nobody waiting', async () => {
    const tasks = manager({ maxWorkers: 1 })
    const left = tasks.submitTask(new Task(jobs.pause, 60_000))
    left.catch(() => {})
    await until(async () => (await tasks.stats()).pool.currentTasks === 1, 'the task to run')
    assert.equal(await tasks.terminate(), 1)
    await assert.rejects(left, { code: 'TSRV_TASK_MANAGER_ENDED' })
    await assert.rejects(tasks.submitTask(new Task(jobs.add)), { code: 'TSRV_TASK_MANAGER_ENDED' })
  })

  it('finishes what it has when it is given the time', async () => {
    const tasks = manager({ maxWorkers: 1 })
    const both = Promise.all([
      tasks.submitTask(new Task(jobs.pause, 100)),
      tasks.submitTask(new Task(jobs.add, 2)),
    ])
    await until(async () => (await tasks.stats()).pool.currentTasks === 1, 'the task to run')
    assert.equal(await tasks.terminate('20s'), 0)
    assert.deepEqual(
      (await both).map(({ value }) => value),
      ['100 ms', 2],
    )
  })

  it('leaves the tasks of a file to the next program', async (t) => {
    const dir = mkdtempSync(path.join(tmpdir(), 'tsrv-manager-'))
    t.after(() => rmSync(dir, { recursive: true, force: true }))
    const queue = { sqlite: path.join(dir, 'tasks.db') }
    const first = manager({ maxWorkers: 1, queue })
    await first.start()
    first.submit(new Task(jobs.pause, 60_000))
    const { id, accepted } = first.submit(new Task(jobs.add, 20, 3), { priority: -1 })
    await accepted
    assert.equal(await first.terminate(), 2)
    await using second = manager({ maxWorkers: 2, queue })
    const ended: TaskProgressReport[] = []
    second.on('task-completed', (report) => ended.push(report))
    await second.start()
    await until(() => ended.length > 0, 'the task of the first program')
    assert.deepEqual([ended[0]?.id, ended[0]?.value], [id, 23])
    const next = second.submit(new Task(jobs.add, 1))
    assert.ok(next.id > id, 'ids go on')
    await next.done
  })
})

describe('S2, S27: the pool of a task manager', () => {
  it('grows to the tasks there are, never beyond the most, and shrinks to the least, never below', async () => {
    await using tasks = manager({ minWorkers: 2, maxWorkers: 4, idleTimeout: 30 })
    await tasks.start()
    assert.equal(await size(tasks), 2)
    const sizes = new Set<number>()
    const reports = Promise.all(Array.from({ length: 5 }, () => tasks.submitTask(new Task(jobs.pause, 3000))))
    await until(async () => (await tasks.stats()).pool.currentTasks === 4, 'four at a time')
    sizes.add(await size(tasks))
    for (const { state } of await reports) assert.equal(state, 'completed')
    await until(async () => {
      sizes.add(await size(tasks))
      return (await size(tasks)) === 2
    }, 'the pool to shrink')
    await tasks.submitTask(new Task(jobs.pause, 100))
    sizes.add(await size(tasks))
    assert.ok(Math.max(...sizes) === 4 && Math.min(...sizes) === 2, [...sizes].join())
  })

  it('grows for the tasks of tasks, whose ends are heard of as well', async () => {
    await using tasks = manager({ maxWorkers: 2 })
    const values: unknown[] = []
    tasks.on('task-completed', ({ value }) => values.push(value))
    assert.equal((await tasks.submitTask(new Task(jobs.viaAnother, 20))).value, '20 ms')
    await until(() => values.length === 2, 'both ends')
    assert.equal((await tasks.stats()).pool.completedTasks, 2)
  })

  it('S3: gives each task a thread of its own while there are idle ones, then as many as may share one', async () => {
    await using tasks = manager({ minWorkers: 2, maxWorkers: 2, jobsPerWorker: 3 })
    const all = Promise.all(Array.from({ length: 6 }, () => tasks.submitTask(new Task(jobs.pause, 200))))
    await until(async () => (await tasks.stats()).pool.currentTasks === 6, 'six at a time in two threads')
    await all
  })
})

describe('S6, S8, S9: the progress of a task', () => {
  it('arrives while a task computes, as events for all tasks and for the one', async () => {
    await using tasks = manager()
    await tasks.start()
    const heard: string[] = []
    const note =
      (event: string) =>
      ({ id, state, completion, completionTarget, message }: TaskProgressReport) =>
        heard.push(`${event} ${id === task.id} ${state} ${completion}/${completionTarget} ${message}`)
    const task = tasks.submit(new jobs.Count(3))
    tasks.on('task-progress', note('all')).on(`task-progress-${task.id}`, note('own'))
    tasks.on('task-completed', note('completed')).once(`task-completed-${task.id}`, note('own end'))
    let isDone = false
    void task.done.then(() => (isDone = true))
    for await (const { completion = 0 } of task.progress) {
      if (completion === 1) assert.equal(isDone, false, 'it still computes')
    }
    const { value } = await task.done
    assert.equal(value, 'counted to 3', 'only the first end counts')
    for (const expected of [
      'all true processing 1/3 counting',
      'own true processing 1/3 counting',
      'own true processing 2/3 counting',
      'completed true completed 3/3 counting',
      'own end true completed 3/3 counting',
    ])
      assert.ok(heard.includes(expected), `${expected} in ${heard.join('; ')}`)
  })

  it('stays where it was when the task fails itself', async () => {
    await using tasks = manager()
    const failed: TaskProgressReport[] = []
    tasks.on('task-failed', (report) => failed.push(report))
    const report = await tasks.submitTask(new jobs.Fail('report'))
    const { state, completion, completionTarget, message, error, value } = report
    assert.deepEqual(
      [state, completion, completionTarget, message, value],
      ['failed', 40, 100, 'went wrong at 40', undefined],
    )
    assert.ok(error instanceof TypeError && error.message === 'reported')
    assert.deepEqual(failed, [report])
  })

  it('is told to the listeners of one task, and to them of no other', async () => {
    await using tasks = manager()
    await tasks.start()
    const heard: string[] = []
    const first = tasks.submit(new Task(jobs.add, 1))
    tasks.on(`task-completed-${first.id}`, ({ id }) => heard.push(`own ${id === first.id}`))
    tasks.on(`task-failed-${first.id}`, () => heard.push('failed'))
    tasks.on('task-completed', ({ id, value }) => heard.push(`all ${id === first.id} ${String(value)}`))
    await first.done
    await tasks.submitTask(new Task(jobs.add, 2))
    assert.deepEqual(heard, ['all true 1', 'own true', 'all false 2'])
  })

  it('is not disturbed by a listener that throws', async () => {
    await using tasks = manager()
    tasks.on('task-completed', () => {
      throw new Error('of the listener')
    })
    assert.equal((await tasks.submitTask(new Task(jobs.add, 4))).value, 4)
  })
})

describe('S26: the services of a task manager', () => {
  it('are made once for each thread, and stay warm from task to task', async () => {
    await using tasks = manager({ maxWorkers: 1, container: './container.ts' })
    const values = []
    for (let n = 0; n < 3; n++) values.push((await tasks.submitTask(new ServiceBasedTask('counter'))).value)
    assert.deepEqual(values, [
      [1, 1],
      [1, 2],
      [1, 3],
    ])
  })
})

describe('S7: a task manager before its start', () => {
  it('counts nothing, and gives no handles', async () => {
    await using tasks = manager({ maxWorkers: 7 })
    assert.throws(() => tasks.submit(1), { code: 'TSRV_TASK_MANAGER_ENDED', message: /has not been started/ })
    const { pool, queue } = await tasks.stats()
    assert.deepEqual([pool.maxWorkers, pool.totalTasks, queue.currentTasks], [7, 0, 0])
  })

  it('says what is wrong with its modules', async () => {
    await using tasks = manager({ modules: '../broken/load/throws.ts' })
    await assert.rejects(tasks.start(), { code: 'TSRV_MODULE_FAILED' })
  })
})
