/** Named queues, sync queues, children: the task path without processes. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { QueueRoutes } from '../../../src/tasks/queues.ts'
import { EventDispatcher } from '../../../src/events/dispatcher.ts'
import { TaskEvent } from '../../../src/events/task-events.ts'
import type { QueueTerms } from '../../../src/tasks/queue-demand.ts'
import { MemoryBroker } from '../../../src/tasks/brokers/memory.ts'
import { runningHere } from '../../../src/tasks/run-here.ts'
import { MemoryTaskLog } from '../../../src/tasks/task-log/memory.ts'
import { NO_TAGS } from '../../../src/wire/tags.ts'
import { until } from '../../until.ts'
import { fakeServer } from '../../unit/events/fake-server.ts'
import { Gate, makeClient, startTaskServer } from './task-house.ts'

const QUEUES = [
  { name: 'mail', weight: 3, sync: false },
  { name: 'import', weight: 2, sync: false },
  { name: 'now', weight: 1, sync: true },
]
const ROUTES: QueueRoutes = { queues: QUEUES, routes: { number: 'import' } }
const STRICT: QueueTerms = { queues: QUEUES, selector: 'strict' }

describe('named queues', () => {
  it('T7: strict: what is of more weight runs first, and no queue is left while there is room', async () => {
    const order: unknown[] = []
    const gate = new Gate()
    const server = await startTaskServer(
      1,
      async ({ id, data }) => {
        if (data === 'first') await gate.pass(id)
        order.push(data)
      },
      { queues: STRICT },
    )
    const { client, finished, join } = makeClient(0, { queues: ROUTES })
    join(server)
    client.task('first')
    await until(() => gate.entered.length === 1, 'the first task')
    client.task('default')
    client.task(7)
    client.task('mail', { queue: 'mail' })
    gate.openAll()
    await until(() => finished.length === 4, 'all tasks')
    assert.deepEqual(order, ['first', 'mail', 7, 'default'])
    await server.stop()
  })

  it('T7: a queue that is paused keeps none of the others waiting', async () => {
    const broker = new MemoryBroker()
    const order: unknown[] = []
    const work = ({ data }: { data: unknown }): void => void order.push(data)
    const server = await startTaskServer(1, work, { broker, queues: STRICT })
    const { client, finished, join } = makeClient(0, { queues: ROUTES })
    join(server)
    await broker.pause('mail')
    client.task('mail', { queue: 'mail' })
    client.task('default')
    await until(() => finished.length === 1, 'the task of the other queue')
    assert.deepEqual(order, ['default'])
    await broker.resume('mail')
    await until(() => finished.length === 2, 'the task of the paused queue')
    await server.stop()
  })

  it('are all served by a task server that finds tasks in them', async () => {
    const broker = new MemoryBroker()
    const first = await startTaskServer(0, () => {}, { broker })
    const { client, join } = makeClient(0, { queues: ROUTES })
    const line = join(first)
    await Promise.all([client.submit(1).accepted, client.submit(2, { queue: 'mail' }).accepted])
    line.close()
    await first.stop()
    const ran: unknown[] = []
    const second = await startTaskServer(1, ({ data }) => void ran.push(data), { broker })
    await until(() => ran.length === 2, 'both tasks', undefined, 5000)
    await second.stop()
  })

  it('T3: a queue that does not exist is refused at the call', () => {
    const { client } = makeClient(0, { queues: ROUTES })
    assert.throws(() => client.task(1, { queue: 'mial' }), { code: 'TSRV_QUEUE_UNKNOWN' })
    assert.throws(() => client.queue('mial'), { code: 'TSRV_QUEUE_UNKNOWN' })
  })

  it('T5: enqueue() resolves with the id when the task is stored', async () => {
    const gate = new Gate()
    const server = await startTaskServer(1, ({ id }) => gate.pass(id))
    const { client, finished, join } = makeClient(0, { queues: ROUTES })
    join(server)
    const task = await client.queue('mail').enqueue({ to: 'ada' })
    assert.deepEqual([task.queue, task.isEnqueued, task.report], ['mail', true, undefined])
    await until(() => gate.entered.length === 1, 'the task')
    assert.deepEqual(gate.entered, [task.id])
    gate.openAll()
    assert.equal((await task.done).state, 'completed')
    await until(() => finished.length === 1, 'its finish event')
    await server.stop()
  })
})

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
})

describe('children', () => {
  it('T20: sent with a parent change its status in the task log when they end', async () => {
    const taskLog = new MemoryTaskLog()
    const gate = new Gate()
    const work = async ({ id, data }: { id: number; data: unknown }): Promise<void> => {
      if (data === 'parent') {
        await client.queue().enqueue('child', { parent: id })
        return
      }
      await gate.pass(id)
      throw new Error('the child failed')
    }
    const server = await startTaskServer(2, work, { taskLog })
    const { client, join } = makeClient(0)
    join(server)
    const parent = client.submit('parent')
    assert.equal((await parent.done).state, 'completed')
    const status = async (): Promise<unknown> => (await taskLog.get(parent.id))?.status
    await until(async () => (await status()) === 'child_running', 'the status of the parent')
    await until(() => gate.entered.length === 1, 'the child')
    gate.openAll()
    await until(async () => (await status()) === 'failed', 'the failure of the child')
    await server.stop()
  })

  it('T20: a child that is cancelled while it waits ends its parent', async () => {
    const taskLog = new MemoryTaskLog()
    const server = await startTaskServer(1, () => {}, { taskLog })
    const { client, join } = makeClient(0)
    join(server)
    const parent = client.submit('parent', { delay: 20 })
    const child = client.submit('child', { parent: parent.id, delay: '1h' })
    await parent.done
    const status = async (): Promise<unknown> => (await taskLog.get(parent.id))?.status
    await until(async () => (await status()) === 'child_running', 'the parent to wait')
    await client.cancel(child.id)
    await until(async () => (await status()) === 'completed', 'the end of the parent')
    await server.stop()
  })
})
