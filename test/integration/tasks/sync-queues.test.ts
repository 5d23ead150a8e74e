/** Sync queues: tasks run in the process that sends them, and the task log hears of it. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { QueueRoutes } from '../../../src/tasks/queues.ts'
import { EventDispatcher } from '../../../src/events/dispatcher.ts'
import { TaskEvent } from '../../../src/events/task-events.ts'
import type { Server } from '../../../src/server.ts'
import { runningHere } from '../../../src/tasks/sender/run-here.ts'
import { MemoryTaskLog } from '../../../src/tasks/task-log/memory.ts'
import type { TaskServer } from '../../../src/tasks/task-server/task-server.ts'
import { taskDetails } from '../../../src/tasks/office/task-view.ts'
import { decodePayload } from '../../../src/wire/payload.ts'
import { Report } from '../../../src/wire/report.ts'
import { NO_TAGS, type Tags } from '../../../src/wire/tags.ts'
import { until } from '../../until.ts'
import { fakeServer } from '../../unit/events/fake-server.ts'
import { makeClient, settle, startTaskServer } from './task-house.ts'

const ROUTES: QueueRoutes = { queues: [{ name: 'now', sync: true }], routes: {} }
const TAGS: Tags = {
  tagOf: (exported) => (exported === Report ? Report.taskName : undefined),
  exportOf: (tag) => (tag === Report.taskName ? Report : undefined),
}

describe('a sync queue', () => {
  const sync = (listener: (event: TaskEvent) => unknown): ReturnType<typeof makeClient> => {
    const dispatcher = new EventDispatcher()
    dispatcher.on(TaskEvent, listener)
    const { server } = fakeServer()
    const runHere = runningHere({
      dispatcher,
      tags: NO_TAGS,
      server,
      hasOwnListeners: true,
      unhandled: 'fail',
    })
    return makeClient(0, { queues: ROUTES, runHere })
  }

  it('T8: runs a task at once, without a task server, and has its report when it is awaited', async () => {
    const { client, finished } = sync((event) => `${String(event.data)}!`)
    const task = await client.queue('now').enqueue('run')
    assert.equal(task.isEnqueued, false)
    assert.deepEqual(task.report?.toJSON(), {
      type: 'success',
      message: `Task ${task.id} completed`,
      data: 'run!',
    })
    assert.deepEqual(
      finished.map(({ id, value }) => [id, value]),
      [[task.id, 'run!']],
    )
  })

  it('T8: reports a failure in the same way, and the sender goes on', async () => {
    const { client } = sync((event) => {
      if (event.data === 'bad') throw new RangeError('no good')
      return 'fine'
    })
    const bad = await client.queue('now').enqueue('bad')
    assert.ok(bad.report?.hasError)
    assert.deepEqual(
      bad.report.withType('error').map(({ message }) => message),
      [`Task ${bad.id} failed`, 'no good'],
    )
    assert.equal((await client.submit('good', { queue: 'now' }).done).value, 'fine')
  })

  it('T8: cancels a task that runs', async () => {
    const { client } = sync(
      (event) => new Promise((_, reject) => event.signal.addEventListener('abort', reject)),
    )
    const task = client.submit('long', { queue: 'now' })
    assert.equal(await client.cancel(task.id), true)
    assert.equal((await task.done).state, 'cancelled')
  })

  it('T8: is waited for when its process is to leave, though nobody awaits the task', async () => {
    const gate = Promise.withResolvers<string>()
    const { client, finished } = sync(() => gate.promise)
    client.task('long', { queue: 'now' })
    await client.allAccepted(AbortSignal.timeout(5))
    assert.deepEqual(finished, [], 'no longer than agreed')
    setImmediate(() => gate.resolve('done'))
    await client.allAccepted(AbortSignal.timeout(10_000))
    assert.deepEqual(
      finished.map(({ value }) => value),
      ['done'],
    )
  })
})

describe('the task log', () => {
  interface Logged {
    readonly client: ReturnType<typeof makeClient>
    readonly taskLog: MemoryTaskLog
    readonly server: TaskServer
  }

  async function open(listener: (event: TaskEvent) => unknown): Promise<Logged> {
    const taskLog = new MemoryTaskLog()
    const server = await startTaskServer(1, () => {}, { taskLog })
    const dispatcher = new EventDispatcher()
    dispatcher.on(TaskEvent, listener)
    const runs = { dispatcher, tags: TAGS, hasOwnListeners: true, unhandled: 'fail' } as const
    const facade: Server = {
      ...fakeServer().server,
      submit: (data, options) => client.client.submit(data, options),
    }
    const runHere = runningHere({ ...runs, server: facade })
    const client = makeClient(0, { queues: ROUTES, tags: TAGS, runHere })
    return { client, taskLog, server }
  }

  it('T8, T24: has the tasks of a sync queue with their report when they have run', async () => {
    const { client, taskLog, server } = await open((event) => {
      if (event.data === 'bad') throw new RangeError('no good')
      return Report.success('fine', event.owner)
    })
    client.join(server)
    const wanted = { queue: 'now', label: 'check', owner: 'ada', category: 'import' } as const
    const good = client.client.submit('good', wanted)
    const bad = client.client.submit('bad', { queue: 'now' })
    await Promise.all([good.done, bad.done])
    await until(async () => (await taskLog.get(bad.id))?.status === 'failed', 'the records')
    const record = await taskLog.get(good.id)
    assert.ok(record?.result !== undefined)
    const { status, queue, label, owner, category, worker, attempt, name } = record
    assert.deepEqual(
      { status, queue, label, owner, category, worker, attempt, name },
      { ...wanted, status: 'completed', worker: 'http:0', attempt: 1, name: 'string' },
    )
    assert.equal(decodePayload(record.data, NO_TAGS), 'good')
    assert.match(taskDetails(record).result ?? '', /fine/)
    assert.equal((await taskLog.get(bad.id))?.error, 'RangeError: no good')
    await server.stop()
  })

  it('T8: has those that ran while the task server was away, once it is back', async () => {
    const { client, taskLog, server } = await open(() => 'ran')
    const before = client.client.submit(1, { queue: 'now' })
    await before.done
    const line = client.join(server)
    await until(async () => (await taskLog.get(before.id)) !== undefined, 'the first record')
    line.close()
    await settle()
    const between = client.client.submit(2, { queue: 'now' })
    await between.done
    client.join(server)
    await until(async () => (await taskLog.get(between.id))?.status === 'completed', 'the second record')
    await server.stop()
  })

  it('T8, T20: lets a task of a sync queue follow its children, and a queued parent one of them', async () => {
    const { client, taskLog, server } = await open((event) => {
      if (event.data !== 'parent') throw new Error('the part failed')
      event.spawn('part', { queue: 'default', delay: '1h', label: 'queued' })
    })
    client.join(server)
    const parent = client.client.submit('parent', { queue: 'now' })
    await parent.done
    const status = async (id: number): Promise<unknown> => (await taskLog.get(id))?.status
    await until(async () => (await status(parent.id)) === 'child_running', 'the parent to wait')
    const { records } = await taskLog.search({ where: { parentId: parent.id } })
    await client.client.cancel(records[0]?.id ?? 0)
    await until(async () => (await status(parent.id)) === 'completed', 'the end of the parent')
    const queued = client.client.submit('a', { delay: 20 })
    const part = client.client.submit('part', { queue: 'now', parent: queued.id })
    await Promise.all([part.done, queued.done])
    await until(async () => (await status(queued.id)) === 'failed', 'the failure of the part')
    await server.stop()
  })
})
