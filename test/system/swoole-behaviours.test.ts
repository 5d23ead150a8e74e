/** What users of Swoole rely on in a reload and in the replacement of workers, by the names of its settings. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { until } from '../until.ts'
import { LongAnswer } from './long-connections.ts'
import { tsrv } from './project.ts'
import { type LogRecord, ServerUnderTest } from './server-under-test.ts'

const event =
  (name: string) =>
  (record: LogRecord): boolean =>
    record['event'] === name

async function httpPids(server: ServerUnderTest): Promise<unknown[]> {
  const { workers } = await server.status()
  return workers.filter(({ role }) => role === 'http').map(({ pid }) => pid)
}

describe('a reload with a job under way', () => {
  const start = (maxWaitTime: string): Promise<ServerUnderTest> =>
    ServerUnderTest.start('drain-app', {
      withPackages: true,
      args: ['-w', '2', '-o', 'log.level=debug', '-o', `processes.maxWaitTime=${maxWaitTime}`],
    })

  const starts = (server: ServerUnderTest): number =>
    server.logs.filter((record) => record['event'] === 'worker-start').length

  /** Every worker has been replaced once, and the old ones are gone. */
  async function replaced(server: ServerUnderTest, old: readonly unknown[]): Promise<void> {
    await until(async () => {
      const pids = await httpPids(server)
      return pids.length === 2 && pids.every((pid) => !old.includes(pid))
    }, 'the old workers to leave')
    assert.equal(starts(server), 4)
  }

  it('that ends within max_wait_time completes it', async () => {
    await using server = await start('1m')
    const old = await httpPids(server)
    const jobs = [1, 2, 3, 4].map(() => new LongAnswer(server, '/gated'))
    await until(() => server.logs.filter(event('entered')).length === 4, 'the jobs')
    assert.equal((await tsrv(server.dir, ['reload'])).code, 0)
    writeFileSync(path.join(server.dir, 'go'), '')
    for (const job of jobs) assert.deepEqual([await job.over(), job.status], ['end', 200])
    await replaced(server, old)
  })

  it('that does not ends it after max_wait_time, and each worker is started twice in all', async () => {
    await using server = await start('300ms')
    const old = await httpPids(server)
    const job = new LongAnswer(server, '/gated')
    await server.log(event('entered'), 'the job')
    assert.equal((await tsrv(server.dir, ['reload'])).code, 0)
    await job.over()
    assert.equal(job.status, 503)
    assert.equal((await server.log(event('cut'), 'the record of what was cut'))['requests'], 1)
    await replaced(server, old)
    assert.equal((await server.request('/')).status, 200)
  })

  it('in a task worker completes it, with the code it began with', async () => {
    await using server = await ServerUnderTest.start('tasks-app', { args: ['-w', '1', '-t', '1'] })
    const result = server.json('/wait?sleep=1500')
    await server.log(event('run'), 'the task')
    writeFileSync(path.join(server.dir, 'run.js'), `export default () => 'new code'`)
    assert.equal((await tsrv(server.dir, ['reload'])).code, 0)
    assert.equal(((await result) as { data: { sleep: string } }).data.sleep, '1500')
    assert.equal(await server.json('/wait'), 'new code')
  })
})

describe('SIGUSR2', () => {
  it('restarts the task workers only', async () => {
    await using server = await ServerUnderTest.start('tasks-app', { args: ['-w', '2', '-t', '2'] })
    const before = await httpPids(server)
    writeFileSync(path.join(server.dir, 'run.js'), `export default () => 'new code'`)
    server.kill('SIGUSR2')
    await server.log(event('reloaded'), 'the reload')
    for (let round = 0; round < 4; round += 1) assert.equal(await server.json('/wait'), 'new code')
    assert.deepEqual(await httpPids(server), before)
  })
})

describe('task_max_request', () => {
  it('replaces a task worker after so many tasks, and fails none', async () => {
    const args = ['-w', '1', '-t', '1', '-o', 'tasks.maxRequests=5']
    await using server = await ServerUnderTest.start('tasks-app', { args })
    const ids = (await server.json('/tasks?count=40')) as number[]
    const finished = (): LogRecord[] => server.logs.filter(event('finish'))
    await until(() => finished().length === ids.length, 'all tasks')
    assert.deepEqual(
      finished().flatMap(({ error }) => error ?? []),
      [],
    )
    const runs = server.logs.filter(event('run'))
    const threads = runs.map(({ threadId }) => threadId)
    assert.equal(runs.length, 40, 'each ran once')
    assert.equal(new Set(threads).size, 8)
  })
})
