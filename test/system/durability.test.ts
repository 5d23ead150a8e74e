/** What is accepted is kept: over kill -9 of any process, and over a stop. */
import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { until } from '../until.ts'
import { project, tsrv } from './project.ts'
import { ServerUnderTest } from './server-under-test.ts'

const COUNT = 200

/** Ids of the tasks that ended, by finish events seen in the log of this server; each id once. */
function finishedIn(server: ServerUnderTest): Set<number> {
  return new Set(server.logs.filter((one) => one['event'] === 'finish').map((one) => one['taskId'] as number))
}

describe('tasks in the sqlite store', () => {
  let dir: string
  before(() => (dir = project('tasks-app')))
  after(() => rmSync(dir, { recursive: true, force: true }))

  /** Starts in the same folder each time, one HTTP worker and one task worker. */
  const start = (): Promise<ServerUnderTest> =>
    ServerUnderTest.start('tasks-app', { dir, args: ['-w', '1', '-t', '1'] })

  const finish = (
    server: ServerUnderTest,
    ids: readonly number[],
    before: ReadonlySet<number>,
  ): Promise<void> =>
    until(
      () => ids.every((id) => before.has(id) || finishedIn(server).has(id)),
      'all tasks to end after the restart',
      () => `missing: ${ids.filter((id) => !before.has(id) && !finishedIn(server).has(id)).join()}`,
    )

  it('run after kill -9 of the supervisor and everything below it', async () => {
    let ids: number[]
    let done: Set<number>
    {
      await using server = await start()
      ids = (await server.json(`/tasks?count=${COUNT}&sleep=5`)) as number[]
      await server.log((one) => one['event'] === 'run', 'a running task')
      const pids = [server.pid, await server.pidOf('tasks'), await server.pidOf('http')]
      for (const pid of pids) process.kill(pid, 'SIGKILL')
      await server.ended
      done = finishedIn(server)
    }
    assert.ok(done.size < COUNT, 'some tasks must be left')
    await using server = await start()
    await finish(server, ids, done)
    const runs = server.logs.filter((one) => one['event'] === 'run').map((one) => one['taskId'] as number)
    assert.deepEqual(runs.length, new Set(runs).size, 'no task runs twice after the restart')
  })

  it('run again as if they had not begun, when the stop that ended them was forced', async () => {
    const own = project('tasks-app')
    const startOwn = (): Promise<ServerUnderTest> =>
      ServerUnderTest.start('tasks-app', { dir: own, args: ['-w', '1', '-t', '1'] })
    let id: number
    {
      await using server = await startOwn()
      id = (await server.json('/task?sleep=60000')) as number
      await server.log((one) => one['event'] === 'run', 'the task')
      server.kill('SIGTERM')
      await server.log(({ msg }) => msg.startsWith('Finishing tasks'), 'the stop')
      // The same signal again might be an echo.
      server.kill('SIGINT')
      assert.equal((await server.ended).code, 1)
    }
    {
      await using server = await startOwn()
      const run = await server.log((one) => one['event'] === 'run', 'the task again')
      assert.deepEqual([run['taskId'], run['attempt']], [id, 1])
      const { stdout } = await tsrv(own, ['task', 'show', String(id), '--json'])
      assert.equal((JSON.parse(stdout) as { crashes: number }).crashes, 0)
    }
    rmSync(own, { recursive: true, force: true })
  })

  it('wait for the next start when the server stops', async () => {
    let ids: number[]
    let done: Set<number>
    {
      await using server = await start()
      ids = (await server.json(`/tasks?count=${COUNT}&sleep=5`)) as number[]
      await server.log((one) => one['event'] === 'run', 'a running task')
      assert.equal((await server.stop()).code, 0)
      done = finishedIn(server)
    }
    assert.ok(done.size > 0 && done.size < COUNT, `${done.size} tasks ended before the stop`)
    await using server = await start()
    await finish(server, ids, done)
    const again = ids.filter((id) => done.has(id) && finishedIn(server).has(id))
    assert.deepEqual(again, [], 'what ended before the stop does not end again')
  })

  it('outlive the task server', async () => {
    await using server = await start()
    const ids = (await server.json(`/tasks?count=${COUNT}&sleep=2`)) as number[]
    for (let kill = 0; kill < 3; kill++) {
      const seen = server.logs.filter((one) => one['event'] === 'run').length
      await until(() => server.logs.filter((one) => one['event'] === 'run').length > seen, 'a running task')
      process.kill(await server.pidOf('tasks'), 'SIGKILL')
      await server.log(
        (one) => one.msg.includes('died') && one['child'] === 'tasks',
        'the death to be noticed',
      )
    }
    await until(() => ids.every((id) => finishedIn(server).has(id)), 'all tasks to end')
  })

  it('bring their ends to the successor of a killed HTTP worker', async () => {
    await using server = await start()
    const ids = (await server.json(`/tasks?count=20&sleep=20`)) as number[]
    process.kill(await server.pidOf('http'), 'SIGKILL')
    await until(() => ids.every((id) => finishedIn(server).has(id)), 'all ends to be delivered')
  })

  it('are announced by the next start', async () => {
    {
      await using server = await start()
      await server.json(`/tasks?count=50&sleep=50`)
      await server.stop()
    }
    await using server = await start()
    const { resumed } = await server.log((one) => one['event'] === 'ready', 'the ready record')
    assert.ok(Number(resumed) >= 40, `resumed ${String(resumed)}`)
  })
})
