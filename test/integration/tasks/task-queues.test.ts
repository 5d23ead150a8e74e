/** Named queues and children: the task path without processes. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { QueueRoutes } from '../../../src/tasks/queues.ts'
import type { QueueTerms } from '../../../src/tasks/task-server/queue-demand.ts'
import { MemoryBroker } from '../../../src/tasks/brokers/memory.ts'
import { MemoryTaskLog } from '../../../src/tasks/task-log/memory.ts'
import { Report } from '../../../src/wire/report.ts'
import type { Tags } from '../../../src/wire/tags.ts'
import { until } from '../../until.ts'
import { Gate, makeClient, startTaskServer } from './task-house.ts'

const QUEUES = [
  { name: 'mail', weight: 3, sync: false },
  { name: 'import', weight: 2, sync: false },
  { name: 'now', weight: 1, sync: true },
]
const ROUTES: QueueRoutes = { queues: QUEUES, routes: { number: 'import' } }
const STRICT: QueueTerms = { queues: QUEUES, selector: 'strict' }

class Letter {
  static readonly queue = ({ isUrgent }: Letter): string | undefined => (isUrgent ? 'mail' : undefined)
  readonly isUrgent: boolean
  constructor(isUrgent: boolean) {
    this.isUrgent = isUrgent
  }
}

const TAGGED: Readonly<Record<string, object>> = { Letter, [Report.taskName]: Report }
const TAGS: Tags = {
  tagOf: (exported) => Object.keys(TAGGED).find((tag) => TAGGED[tag] === exported),
  exportOf: (tag) => TAGGED[tag],
}

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

  it('T5: enqueue() rejects with what is wrong, and nothing is sent', async () => {
    const { client } = makeClient(0, { queues: ROUTES })
    await assert.rejects(client.queue('mail').enqueue({ send() {} }), { code: 'TSRV_TASK_NOT_SERIALISABLE' })
    await assert.rejects(client.queue('mail').enqueue(1, { attempts: 0 }), {
      code: 'TSRV_TASK_OPTION_INVALID',
      message: /attempts of enqueue\(\)/,
    })
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

describe('server.queue() without a name', () => {
  it('T3: sends each task the way it would go without a queue', async () => {
    const server = await startTaskServer(1, () => {})
    const { client, join } = makeClient(0, { queues: ROUTES, tags: TAGS })
    join(server)
    const dispatcher = client.queue()
    assert.equal(dispatcher.name, 'default')
    const queues = await Promise.all(
      [new Letter(true), new Letter(false), 7, 'text'].map(
        async (task) => (await dispatcher.enqueue(task)).queue,
      ),
    )
    assert.deepEqual(queues, ['mail', 'default', 'import', 'default'])
    const task = await dispatcher.enqueue(7, { owner: 'ada' })
    assert.deepEqual([task.queue, task.isEnqueued], ['import', true])
    await task.done
    await server.stop()
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
