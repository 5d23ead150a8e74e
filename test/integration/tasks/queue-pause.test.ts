/** A paused queue gives out nothing: neither what was claimed ahead of a lane, nor what is being claimed. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Broker } from '../../../src/tasks/broker.ts'
import { MemoryBroker } from '../../../src/tasks/brokers/memory.ts'
import type { QueueRoutes } from '../../../src/tasks/queues.ts'
import { until } from '../../until.ts'
import { Gate, makeClient, settle, startTaskServer } from './task-house.ts'

const QUEUES: QueueRoutes = { queues: [{ name: 'mail', sync: false }], routes: {} }
const MAIL = { queue: 'mail' } as const

describe('a queue that is paused', () => {
  it('T30: runs no task any more, though some were claimed ahead; resumed, they run in their order', async () => {
    const broker = new MemoryBroker()
    const gate = new Gate()
    const order: unknown[] = []
    const server = await startTaskServer(
      1,
      async ({ id, data }) => {
        if (data === 'long') await gate.pass(id)
        order.push(data)
      },
      { broker },
    )
    const { client, finished, join } = makeClient(0, { queues: QUEUES })
    join(server)
    client.task('long')
    await until(() => gate.entered.length === 1, 'the long task')
    gate.openAll()
    // Only now is it known that tasks are short, and that some may be claimed ahead.
    await until(() => finished.length === 1, 'its end')
    client.task('long')
    await until(() => gate.entered.length === 2, 'the long task')
    for (const data of ['a', 'b', 'c']) client.task(data, MAIL)
    await until(async () => (await broker.counts('mail')).running > 0, 'a claim ahead')
    await server.pauseQueue('mail', Infinity)
    const { running, ready } = await broker.counts('mail')
    assert.deepEqual([running, ready], [0, 3])
    gate.openAll()
    client.task('other')
    await until(() => finished.length === 3, 'the tasks of the other queue')
    await settle()
    assert.deepEqual(order, ['long', 'long', 'other'])
    await broker.resume('mail')
    await until(() => finished.length === 6, 'the tasks of the queue')
    assert.deepEqual(order.slice(3), ['a', 'b', 'c'])
    await server.stop()
  })

  it('T30: gives back what was being claimed from it, and keeps no other queue waiting', async () => {
    const memory = new MemoryBroker()
    const held = Promise.withResolvers<void>()
    let isHeld = false
    const broker = withClaim(memory, async (wanted) => {
      const claims = await memory.claim(wanted)
      if (claims.some(({ task }) => task.queue === 'mail')) {
        isHeld = true
        await held.promise
      }
      return claims
    })
    const order: unknown[] = []
    const server = await startTaskServer(1, ({ data }) => void order.push(data), { broker })
    const { client, finished, join } = makeClient(0, { queues: QUEUES })
    join(server)
    client.task('mail', MAIL)
    await until(() => isHeld, 'the claim')
    const paused = server.pauseQueue('mail', Infinity)
    held.resolve()
    await paused
    client.task('other')
    await until(() => finished.length === 1, 'the other task')
    assert.deepEqual([order, (await memory.counts('mail')).ready], [['other'], 1])
    await memory.resume('mail')
    await until(() => finished.length === 2, 'the task of the queue')
    await server.stop()
  })

  it('T30: loses nothing when the pause cannot be stored', async () => {
    const memory = new MemoryBroker()
    const broker = new Proxy<Broker>(memory, {
      get(target, key: keyof Broker) {
        if (key === 'pause') return async () => Promise.reject(new Error('the disk is full'))
        return bound(target, key)
      },
    })
    const server = await startTaskServer(1, () => {}, { broker })
    const { client, finished, join } = makeClient(0, { queues: QUEUES })
    join(server)
    await assert.rejects(server.pauseQueue('mail', Infinity), /disk is full/)
    client.task('mail', MAIL)
    await until(() => finished.length === 1, 'the task')
    await server.stop()
  })
})

function withClaim(broker: Broker, claim: Broker['claim']): Broker {
  return new Proxy(broker, {
    get: (target, key: keyof Broker) => (key === 'claim' ? claim : bound(target, key)),
  })
}

function bound(broker: Broker, key: keyof Broker): unknown {
  const value: unknown = broker[key]
  return typeof value === 'function' ? (value as () => unknown).bind(broker) : value
}
