/** What the options of a task do: attempts, pauses, time limits, delays, priorities, keys, limits of the queue. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { TsrvError } from '../../../src/errors.ts'
import { LaneDeath } from '../../../src/tasks/lanes/lane.ts'
import { MemoryTaskLog } from '../../../src/tasks/task-log/memory.ts'
import { until } from '../../until.ts'
import { Gate, house, makeClient, settle, startTaskServer } from './task-house.ts'

/** Ends when it is told to, as well-written async code does. */
function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)))
}

describe('attempts', () => {
  it('are made until one succeeds', async () => {
    const { client } = await house(1, ({ attempt }) => {
      if (attempt < 3) throw new Error(`not in attempt ${attempt}`)
      return attempt
    })
    const report = await client.submit(1, { attempts: 5, backoff: { kind: 'fixed', delay: 1 } }).done
    assert.deepEqual([report.state, report.value, report.attempt], ['completed', 3, 3])
  })

  it('end with the last error, and there is one finish event in all', async () => {
    let runs = 0
    const { client, finished } = await house(1, ({ attempt }) => {
      runs++
      throw new RangeError(`attempt ${attempt}`)
    })
    const report = await client.submit(1, { attempts: 3, backoff: { kind: 'fixed', delay: 1 } }).done
    assert.deepEqual([report.state, report.error?.message, runs], ['failed', 'attempt 3', 3])
    await settle()
    assert.equal(finished.length, 1)
  })

  it('let other tasks run in the pause between them', async () => {
    const order: string[] = []
    const { client, finished } = await house(1, ({ data, attempt }) => {
      order.push(`${String(data)}${attempt}`)
      if (data === 'a' && attempt === 1) throw new Error('once')
    })
    client.task('a', { attempts: 2, backoff: { kind: 'fixed', delay: 30 } })
    client.task('b')
    await until(() => finished.length === 2, 'both tasks')
    assert.deepEqual(order, ['a1', 'b1', 'a2'])
  })
})

describe('a time limit', () => {
  it('aborts the signal, and the task fails with what happened', async () => {
    const { client } = await house(1, ({ signal }) => untilAborted(signal))
    const report = await client.submit(1, { timeout: 10 }).done
    assert.equal((report.error as TsrvError).code, 'TSRV_TASK_TIMED_OUT')
    assert.equal(report.state, 'failed')
  })

  it('ends the thread of a task that does not hear it, and the next one runs', async () => {
    const { client } = await house(1, ({ data }) => (data === 'stuck' ? new Promise(() => {}) : 'ran'))
    const stuck = client.submit('stuck', { timeout: 10 })
    const next = client.submit('next')
    assert.equal(((await stuck.done).error as TsrvError).code, 'TSRV_TASK_TIMED_OUT')
    assert.equal((await next.done).value, 'ran')
  })

  it('counts as an attempt', async () => {
    const { client } = await house(1, ({ signal, attempt }) =>
      attempt === 1 ? untilAborted(signal) : 'second',
    )
    const wanted = { timeout: 10, attempts: 2, backoff: { kind: 'fixed', delay: 1 } } as const
    assert.equal((await client.submit(1, wanted).done).value, 'second')
  })
})

describe('cancel', () => {
  it('ends the thread of a running task that does not hear it', async () => {
    const { client } = await house(1, () => new Promise(() => {}))
    const handle = client.submit(1)
    await handle.accepted
    await settle()
    assert.equal(await client.cancel(handle.id), true)
    assert.equal((await handle.done).state, 'cancelled')
  })

  it('reaches a task that another process has sent', async () => {
    const gate = new Gate()
    const server = await startTaskServer(1, ({ id }) => gate.pass(id))
    const [sender, other] = [makeClient(0), makeClient(1)]
    sender.join(server)
    other.join(server)
    sender.client.task('runs')
    const waits = sender.client.submit('waits')
    await waits.accepted
    assert.equal(await other.client.cancel(waits.id), true)
    assert.equal((await waits.done).state, 'cancelled')
    gate.openAll()
  })

  it('S14: says so when there is nothing to cancel', async () => {
    const { client, finished } = await house(1, () => 1)
    assert.equal(await client.cancel(123_456), false)
    const id = client.task(1)
    await until(() => finished.length === 1, 'the task')
    assert.equal(await client.cancel(id), false)
  })

  it('spares tasks that shared the thread: they run again, and no attempt is counted', async () => {
    const attempts: number[] = []
    const server = await startTaskServer(
      1,
      ({ data, attempt }) => {
        attempts.push(attempt)
        return data === 'stuck' || attempts.length <= 2 ? new Promise(() => {}) : 'ran'
      },
      { capacity: 2 },
    )
    const { client, join } = makeClient(0)
    join(server)
    const [stuck, other] = [client.submit('stuck'), client.submit('other')]
    await until(() => attempts.length === 2, 'both tasks')
    stuck.cancel()
    assert.equal((await stuck.done).state, 'cancelled')
    const report = await other.done
    assert.deepEqual([report.value, report.attempt], ['ran', 1])
  })
})

describe('order', () => {
  it('puts higher priorities first, and equal ones in the order they came', async () => {
    const gate = new Gate()
    const started: unknown[] = []
    const { client, finished } = await house(1, async ({ id, data }) => {
      started.push(data)
      if (data === 'first') await gate.pass(id)
    })
    client.task('first')
    await until(() => gate.entered.length === 1, 'the first task')
    client.task('low', { priority: -1 })
    client.task('a')
    client.task('high', { priority: 9 })
    client.task('b')
    await settle()
    gate.openAll()
    await until(() => finished.length === 5, 'all tasks')
    assert.deepEqual(started, ['first', 'high', 'a', 'b', 'low'])
  })

  it('holds a delayed task back, and no other', async () => {
    const sentAt = Date.now()
    let ranAt = 0
    const { client, finished } = await house(1, ({ data }) => {
      if (data === 'later') ranAt = Date.now()
      return data
    })
    client.task('later', { delay: 60 })
    client.task('now')
    await until(() => finished.length === 2, 'both tasks')
    assert.deepEqual(
      finished.map(({ value }) => value),
      ['now', 'later'],
    )
    assert.ok(ranAt - sentAt >= 60)
  })
})

describe('a key', () => {
  it('S14: keeps a second task out while the first one waits or runs', async () => {
    const gate = new Gate()
    const { client } = await house(1, ({ id }) => gate.pass(id))
    const first = client.submit(1, { key: 'report' })
    const second = client.submit(2, { key: 'report' })
    const report = await second.done
    assert.deepEqual([report.state, report.duplicateOf], ['duplicate', first.id])
    gate.openAll()
    await first.done
    const third = client.submit(3, { key: 'report' })
    await until(() => gate.entered.length === 2, 'the third task')
    gate.openAll()
    assert.equal((await third.done).state, 'completed')
  })

  it('keeps others out for its ttl, also after the task has ended', async () => {
    const { client } = await house(1, () => 1)
    await client.submit(1, { key: 'mail', ttl: 10_000 }).done
    assert.equal((await client.submit(2, { key: 'mail' }).done).state, 'duplicate')
  })
})

describe('a full queue', () => {
  it('makes task() throw until tasks have ended', async () => {
    const gate = new Gate()
    const server = await startTaskServer(1, ({ id }) => gate.pass(id))
    const { client, finished, join } = makeClient(0, { limits: { tasks: 2, bytes: 1e6 } })
    join(server)
    client.task(1)
    client.task(2)
    assert.throws(() => client.task(3), { code: 'TSRV_TASK_QUEUE_FULL' })
    await until(() => gate.entered.length === 1, 'the first task')
    gate.openAll()
    await until(() => finished.length === 1, 'its end')
    client.task(3)
    assert.throws(() => client.task(4), { code: 'TSRV_TASK_QUEUE_FULL' })
  })

  it('delays `accepted` of submit() when the config says so', async () => {
    const gate = new Gate()
    const server = await startTaskServer(1, ({ id }) => gate.pass(id))
    const { client, join } = makeClient(0, { limits: { tasks: 1, bytes: 1e6 }, whenFull: 'wait' })
    join(server)
    const first = client.submit(1)
    const second = client.submit(2)
    const third = client.submit(3)
    let isAccepted = false
    void second.accepted.then(() => (isAccepted = true))
    await first.accepted
    await settle()
    assert.equal(isAccepted, false)
    third.cancel()
    assert.equal((await third.done).state, 'cancelled')
    gate.openAll()
    await first.done
    await second.accepted
    await until(() => gate.entered.length === 2, 'the second task')
    gate.openAll()
    assert.equal((await second.done).state, 'completed')
  })

  it('keeps memory bounded in a loop of a million calls', async () => {
    const { client } = makeClient(0, { limits: { tasks: 1000, bytes: 1e6 } })
    let refused = 0
    for (let n = 0; n < 1_000_000; n++) {
      try {
        client.task(n)
      } catch {
        refused++
      }
      if (refused > 2000) break
    }
    assert.ok(refused > 2000)
    assert.throws(() => client.task(0), { message: /1000 tasks/ })
  })
})

describe('after the death of a task server', () => {
  it('runs the tasks that were running alone, one after the other, before all others', async () => {
    const gate = new Gate()
    const doomed = await startTaskServer(2, ({ id }) => gate.pass(id))
    const { client, finished, join } = makeClient(0)
    const line = join(doomed)
    for (const data of ['a', 'b', 'c', 'd']) client.task(data)
    await until(() => gate.entered.length === 2, 'two tasks')
    await settle()
    line.close()
    let running = 0
    const seen: string[] = []
    const next = await startTaskServer(2, async ({ data }) => {
      seen.push(`${String(data)} beside ${running++}`)
      await settle(3)
      running--
    })
    join(next)
    await until(() => finished.length === 4, 'all tasks')
    assert.deepEqual(seen, ['a beside 0', 'b beside 0', 'c beside 0', 'd beside 1'])
  })
})

describe('the task log', () => {
  it('tells how tasks ended, and of one end only', async () => {
    const taskLog = new MemoryTaskLog()
    const server = await startTaskServer(
      1,
      ({ data, attempt }) => {
        if (data === 'dies' && attempt === 1) throw new LaneDeath('crashed', 'segfault')
        if (data === 'throws') throw new TypeError('no')
      },
      { taskLog },
    )
    const { client, finished, join } = makeClient(0)
    join(server)
    const ids = ['fine', 'dies', 'throws'].map((data) => client.task(data, { label: data }))
    await until(() => finished.length === 3, 'all tasks')
    await settle()
    const records = await Promise.all(ids.map((id) => taskLog.get(id)))
    assert.deepEqual(
      records.map((record) => [
        record?.label,
        record?.status,
        record?.attempt,
        record?.crashes,
        record?.error,
      ]),
      [
        ['fine', 'completed', 1, 0, undefined],
        ['dies', 'completed', 2, 1, undefined],
        ['throws', 'failed', 1, 0, 'TypeError: no'],
      ],
    )
  })
})
