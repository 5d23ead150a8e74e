/** Who hears of the end of a task when its sender cannot. */
import assert from 'node:assert/strict'
import { afterEach, describe, it, mock } from 'node:test'
import { until } from '../../until.ts'
import { Gate, makeClient, settle, startTaskServer } from './task-house.ts'

const forEver = (): Promise<void> => new Promise(() => {})

describe('the end of a task', () => {
  afterEach(() => mock.timers.reset())

  it('goes to the successor of a sender that is gone', async () => {
    const gate = new Gate()
    const server = await startTaskServer(1, ({ id }) => gate.pass(id))
    const old = makeClient(0)
    const line = old.join(server)
    const other = makeClient(1)
    other.join(server)
    const id = old.client.task(1)
    await until(() => gate.entered.length === 1, 'the task')
    line.close()
    const successor = makeClient(0)
    successor.join(server)
    gate.openAll()
    await until(() => successor.finished.length === 1, 'the end')
    assert.deepEqual(
      successor.finished.map((one) => [one.id, one.redelivered]),
      [[id, false]],
    )
    assert.equal(other.finished.length + old.finished.length, 0)
  })

  it('waits for a successor that comes after the task has ended', async () => {
    const gate = new Gate()
    const server = await startTaskServer(1, ({ id }) => gate.pass(id))
    const old = makeClient(0)
    const line = old.join(server)
    const leader = makeClient(1)
    leader.client.lead()
    leader.join(server)
    old.client.task(1)
    await until(() => gate.entered.length === 1, 'the task')
    line.close()
    gate.openAll()
    await settle()
    const successor = makeClient(0)
    successor.join(server)
    await until(() => successor.finished.length === 1, 'the end')
    assert.equal(leader.finished.length, 0)
    await server.stop()
  })

  it('goes to the sender itself while that drains beside its successor', async () => {
    const gate = new Gate()
    const server = await startTaskServer(1, ({ id }) => gate.pass(id))
    const old = makeClient(0)
    old.join(server)
    const waiting = old.client.taskWait(1)
    await until(() => gate.entered.length === 1, 'the task')
    const successor = makeClient(0)
    successor.join(server)
    await settle()
    gate.openAll()
    await waiting
    await settle()
    assert.deepEqual([old.finished.length, successor.finished.length], [1, 0])
  })

  it('goes to the leader when no successor comes in time', async () => {
    mock.timers.enable({ apis: ['setTimeout'] })
    const gate = new Gate()
    const server = await startTaskServer(1, ({ id }) => gate.pass(id))
    const old = makeClient(0)
    const line = old.join(server)
    old.client.task(1)
    await settle()
    line.close()
    gate.openAll()
    const leader = makeClient(1)
    leader.join(server)
    leader.client.lead()
    await settle()
    mock.timers.tick(4999)
    await settle()
    assert.equal(leader.finished.length, 0)
    mock.timers.tick(1)
    await settle()
    assert.deepEqual(
      leader.finished.map(({ redelivered }) => redelivered),
      [false],
    )
  })

  it('goes to whoever leads later when there was no leader in time', async () => {
    mock.timers.enable({ apis: ['setTimeout'] })
    const gate = new Gate()
    const server = await startTaskServer(1, ({ id }) => gate.pass(id))
    const old = makeClient(0)
    const line = old.join(server)
    old.client.task(1)
    await settle()
    line.close()
    gate.openAll()
    await settle()
    mock.timers.tick(5000)
    const late = makeClient(1)
    late.join(server)
    await settle()
    assert.equal(late.finished.length, 0)
    late.client.lead()
    await settle()
    assert.equal(late.finished.length, 1)
  })

  it('is brought again, marked so, when its receiver died while handling it', async () => {
    const server = await startTaskServer(1, () => 'value')
    const old = makeClient(0, { onFinish: forEver })
    const line = old.join(server)
    old.client.task(1)
    await until(() => old.finished.length === 1, 'the first delivery')
    assert.equal(old.finished[0]?.redelivered, false)
    line.close()
    const successor = makeClient(0)
    successor.join(server)
    await until(() => successor.finished.length === 1, 'the second delivery')
    assert.deepEqual([successor.finished[0]?.redelivered, successor.finished[0]?.value], [true, 'value'])
  })

  it('is not brought again once it has been handled', async () => {
    const server = await startTaskServer(1, () => 1)
    const old = makeClient(0)
    const line = old.join(server)
    old.client.task(1)
    await until(() => old.finished.length === 1, 'the end')
    await settle()
    line.close()
    const successor = makeClient(0)
    successor.join(server)
    await settle()
    assert.equal(successor.finished.length, 0)
  })

  it('counts as handled also when its listeners throw', async () => {
    const server = await startTaskServer(1, () => 1)
    const { client, finished, join } = makeClient(0, {
      onFinish: () => {
        throw new Error('listener')
      },
    })
    join(server)
    client.task(1)
    client.flush()
    assert.equal(await server.drain(AbortSignal.timeout(10_000)), 0)
    assert.equal(finished.length, 1)
  })
})

describe('a task sent from a task worker', () => {
  it('ends with an event in the leader, while its sender hears the result', async () => {
    const server = await startTaskServer(1, ({ data }) => data)
    const leader = makeClient(0)
    leader.join(server)
    leader.client.lead()
    const worker = makeClient(0, { kind: 'task-worker' })
    worker.join(server)
    assert.equal(await worker.client.taskWait('inner'), 'inner')
    await until(() => leader.finished.length === 1, 'the event in the leader')
    assert.equal(leader.finished[0]?.value, 'inner')
    assert.equal(await server.drain(AbortSignal.timeout(10_000)), 0)
  })

  it('keeps its report for the next leader, also when its thread is replaced meanwhile', async () => {
    const server = await startTaskServer(1, ({ data }) => data)
    const worker = makeClient(0, { kind: 'task-worker' })
    const line = worker.join(server)
    await worker.client.taskWait('inner')
    line.close()
    const thread = makeClient(0, { kind: 'task-worker' })
    thread.join(server)
    await settle()
    assert.equal(thread.finished.length, 0)
    const leader = makeClient(0)
    leader.join(server)
    leader.client.lead()
    await until(() => leader.finished.length === 1, 'the event in the leader')
    assert.equal(leader.finished[0]?.redelivered, false)
  })

  it('carries the worker id of its sender', async () => {
    const seen: number[] = []
    const server = await startTaskServer(1, ({ workerId }) => void seen.push(workerId))
    const { client, join } = makeClient(7)
    join(server)
    await client.taskWait(1)
    assert.deepEqual(seen, [7])
  })
})
