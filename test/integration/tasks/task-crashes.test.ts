/** Lanes and task servers that die: what is retried, what is given up, what counts. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { TsrvError } from '../../../src/errors.ts'
import { until } from '../../until.ts'
import { LaneDeath } from '../../../src/tasks/lanes/lane.ts'
import { Gate, makeClient, settle, startTaskServer } from './task-house.ts'

describe('a lane that dies under a task', () => {
  it('has its task retried with the next attempt', async () => {
    const attempts: number[] = []
    const server = await startTaskServer(1, ({ attempt }) => {
      attempts.push(attempt)
      if (attempt < 3) throw new LaneDeath('crashed', 'gone')
      return 'survived'
    })
    const { client, join } = makeClient(0)
    join(server)
    const report = await client.submit(1).done
    assert.equal(report.value, 'survived')
    assert.equal(report.attempt, 3)
    assert.deepEqual(attempts, [1, 2, 3])
  })

  it('gives its task up after the last allowed death', async () => {
    let runs = 0
    const server = await startTaskServer(2, () => {
      runs++
      throw new LaneDeath('crashed', 'segfault')
    })
    const { client, finished, join } = makeClient(0)
    join(server)
    const report = await client.submit(1).done
    assert.equal(report.state, 'failed')
    assert.equal((report.error as TsrvError).code, 'TSRV_TASK_CRASHED')
    assert.match(report.error?.message ?? '', /died 3 times while it ran \(segfault\)/)
    assert.equal(runs, 3)
    assert.equal(finished.length, 1)
  })

  it('has the retry run before the tasks that wait', async () => {
    const started: unknown[] = []
    const server = await startTaskServer(1, ({ data, attempt }) => {
      started.push(data)
      if (data === 'a' && attempt === 1) throw new LaneDeath('crashed', 'gone')
    })
    const { client, finished, join } = makeClient(0)
    join(server)
    for (const data of ['a', 'b', 'c']) client.task(data)
    await until(() => finished.length === 3, 'all tasks')
    assert.deepEqual(started, ['a', 'a', 'b', 'c'])
  })

  it('does not run a cancelled task again', async () => {
    let runs = 0
    const server = await startTaskServer(1, ({ signal, progress }) => {
      runs++
      progress(1)
      return new Promise((_, reject) =>
        signal.addEventListener('abort', () => reject(new LaneDeath('crashed', 'gone'))),
      )
    })
    const { client, join } = makeClient(0)
    join(server)
    const handle = client.submit(1)
    for await (const _ of handle.progress) handle.cancel()
    assert.equal((await handle.done).state, 'cancelled')
    assert.equal(runs, 1)
  })
})

describe('a task server that is replaced', () => {
  it('has everything sent again that had not ended, in order, those that had started with a crash', async () => {
    const gate = new Gate()
    const { client, finished, join } = makeClient(0)
    const line = join(await startTaskServer(1, ({ id }) => gate.pass(id)))
    const sent = [1, 2, 3].map((data) => client.task(data))
    await until(() => gate.entered.length === 1, 'the first task')
    await settle()
    line.close()

    const seen: [number, number][] = []
    join(await startTaskServer(1, ({ id, attempt }) => void seen.push([id, attempt])))
    await until(() => finished.length === 3, 'all tasks')
    assert.deepEqual(
      seen,
      sent.map((id, index) => [id, index === 0 ? 2 : 1]),
    )
  })

  it('is given up on by a task that ran each time', async () => {
    const gate = new Gate()
    const { client, finished, join } = makeClient(0)
    const handle = client.submit('poison')
    for (let death = 1; death <= 3; death++) {
      const line = join(await startTaskServer(1, ({ id }) => gate.pass(id)))
      await until(() => gate.entered.length === death, `run ${death}`)
      await settle()
      line.close()
    }
    join(await startTaskServer(1, ({ id }) => gate.pass(id)))
    const report = await handle.done
    assert.equal((report.error as TsrvError).code, 'TSRV_TASK_CRASHED')
    assert.equal(report.attempt, 3)
    assert.equal(finished.length, 1)
    await settle()
    assert.equal(gate.entered.length, 3)
  })

  it('counts against a task also when its start fell into a time without a line', async () => {
    const gate = new Gate()
    const doomed = await startTaskServer(1, ({ id }) => gate.pass(id))
    const { client, finished, join } = makeClient(0)
    const line = join(doomed)
    client.task('first')
    client.task('second')
    await until(() => gate.entered.length === 1, 'the first task')
    line.close()
    gate.openAll()
    await until(() => gate.entered.length === 2, 'the second task')
    const again = join(doomed)
    await settle()
    again.close()
    join(await startTaskServer(1, ({ attempt }) => attempt))
    await until(() => finished.length === 2, 'both tasks')
    assert.equal(finished[1]?.value, 2)
  })

  it('must accept anew what its predecessor had accepted', async () => {
    const gate = new Gate()
    const { client, join } = makeClient(0)
    const line = join(await startTaskServer(1, ({ id }) => gate.pass(id)))
    client.task(1)
    await client.allAccepted(AbortSignal.timeout(10_000))
    line.close()
    let isSafe = false
    const safe = client.allAccepted(AbortSignal.timeout(10_000)).then(() => (isSafe = true))
    await settle()
    assert.equal(isSafe, false)
    join(await startTaskServer(1, () => 1))
    await safe
  })

  it('does not count against tasks that only waited', async () => {
    const gate = new Gate()
    const { client, finished, join } = makeClient(0)
    client.task('runs')
    client.task('waits')
    for (let death = 1; death <= 4; death++) {
      const line = join(await startTaskServer(1, ({ id }) => gate.pass(id)))
      await settle()
      line.close()
      if (death < 3) assert.equal(finished.length, 0)
    }
    join(await startTaskServer(1, ({ attempt }) => attempt))
    await until(() => finished.length === 2, 'both tasks')
    const [poison, innocent] = finished
    assert.equal((poison?.error as TsrvError | undefined)?.code, 'TSRV_TASK_CRASHED')
    // It ran once, in the fourth server, after the other had been given up.
    assert.equal(innocent?.value, 2)
  })
})
