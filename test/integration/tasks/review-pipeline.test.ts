/** Interleavings that a review of the task path has found: each of them lost, repeated or held up something. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Broker } from '../../../src/tasks/broker.ts'
import { MemoryBroker } from '../../../src/tasks/brokers/memory.ts'
import { TsrvError } from '../../../src/errors.ts'
import { until } from '../../until.ts'
import { openLane } from './lane-house.ts'
import { inThisThread, newPlace, openStore } from './sqlite-place.ts'
import { Gate, makeClient, settle, startTaskServer } from './task-house.ts'

describe('a drain with a store', () => {
  it('waits for an end that is being stored, and for its report', async () => {
    const store = await openStore(newPlace(), { startHost: inThisThread })
    const hold = Promise.withResolvers<void>()
    let settled = 0
    const broker = changed(store.broker, {
      settle: async (claim, end) => {
        if (++settled === 2) await hold.promise
        return store.broker.settle(claim, end)
      },
    })
    const gate = new Gate()
    const server = await startTaskServer(2, ({ id }) => gate.pass(id), { broker, taskLog: store.log })
    const { client, finished, join } = makeClient(0)
    join(server)
    client.task(1)
    client.task(2)
    await until(() => gate.entered.length === 2, 'both tasks')
    const drained = server.drain(AbortSignal.timeout(10_000)).then(() => finished.length)
    gate.openAll()
    await until(() => finished.length === 1, 'the first end')
    await settle(50)
    hold.resolve()
    assert.equal(await drained, 2)
    await server.stop()
  })

  it('ends although a listener of a finish event sends a task', async () => {
    const store = await openStore(newPlace(), { startHost: inThisThread })
    const gate = new Gate()
    const setup = { broker: store.broker, taskLog: store.log }
    const server = await startTaskServer(1, ({ id }) => gate.pass(id), setup)
    const { client, join } = makeClient(0, { onFinish: () => void client.task('next') })
    join(server)
    client.task('first')
    await until(() => gate.entered.length === 1, 'the first task')
    const deadline = AbortSignal.timeout(5000)
    const drained = server.drain(deadline)
    gate.openAll()
    assert.equal(await drained, 1)
    assert.equal(deadline.aborted, false)
    await server.stop()
  })
})

describe('a task that must not run twice', () => {
  it('ends when its thread is killed because of another task', async () => {
    const runs: unknown[] = []
    const work = async ({ data }: { data: unknown }): Promise<void> => {
      runs.push(data)
      await new Promise(() => {})
    }
    const server = await startTaskServer(1, work, { capacity: 2 })
    const { client, finished, join } = makeClient(0)
    join(server)
    client.task('late', { timeout: 5 })
    client.task('once', { onCrash: 'fail' })
    await until(() => finished.length === 2, 'both ends')
    assert.deepEqual(runs, ['late', 'once'])
  })

  it('ends when a task server without a store dies under it', async () => {
    const runs: unknown[] = []
    const work = async ({ data }: { data: unknown }): Promise<void> => {
      runs.push(data)
      await new Promise(() => {})
    }
    const { client, finished, join } = makeClient(0)
    const line = join(await startTaskServer(1, work))
    client.task('once', { onCrash: 'fail' })
    await until(() => runs.length === 1, 'the start')
    await settle()
    line.close()
    join(await startTaskServer(1, work))
    await settle(50)
    assert.deepEqual([runs.length, finished.length], [1, 1])
  })
})

describe('a cancelled task', () => {
  it('does not run to its end in the next task server', async () => {
    const attempts: number[] = []
    const work = async ({ attempt }: { attempt: number }): Promise<void> => {
      attempts.push(attempt)
      if (attempt === 1) await new Promise(() => {})
    }
    const { client, finished, join } = makeClient(0)
    const line = join(await startTaskServer(1, work))
    const id = client.task('x')
    await until(() => attempts.length === 1, 'the start')
    await settle()
    assert.equal(await client.cancel(id), true)
    line.close()
    join(await startTaskServer(1, work))
    await until(() => finished.length === 1, 'the end')
    assert.equal(finished[0]?.state, 'cancelled')
  })

  it('is cancelled by a second call when the store was out of order at the first', async () => {
    const memory = new MemoryBroker()
    let isFull = true
    const full = { broker: 'sqlite', place: 'tasks.db', reason: 'the disk is full' }
    const broker = changed(memory, {
      cancel: async (id, end) => {
        if (isFull) throw new TsrvError('BROKER_UNAVAILABLE', full)
        return memory.cancel(id, end)
      },
    })
    const gate = new Gate()
    const server = await startTaskServer(1, ({ id }) => gate.pass(id), { broker })
    const { client, finished, join } = makeClient(0)
    join(server)
    client.task('first')
    const second = client.task('second')
    await until(() => gate.entered.length === 1, 'the first task')
    assert.equal(await client.cancel(second), false)
    isFull = false
    assert.equal(await client.cancel(second), true)
    await settle(50)
    assert.deepEqual(
      finished.map(({ id, state }) => [id, state]),
      [[second, 'cancelled']],
    )
    gate.openAll()
  })
})

describe('a lane that retires', () => {
  it('runs its task to the end also when it was empty before', async () => {
    const house = await openLane()
    await house.run('sleep', 1)
    const task = house.run('sleep', 100)
    const retired = house.lane.retire()
    await task
    await retired
  })
})

/** The broker with some of its methods replaced. */
function changed(broker: Broker, methods: Partial<Broker>): Broker {
  return new Proxy(broker, {
    get(target, key) {
      const name = key as keyof Broker
      const value: unknown = methods[name] ?? target[name]
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
}
