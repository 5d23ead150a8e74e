/** Whether tasks share a thread: said by each kind of task, never guessed. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { until } from '../../until.ts'
import { Gate, makeClient, settle, startTaskServer } from './task-house.ts'

describe('S3: the mode of a task', () => {
  it('exclusive: it waits for a thread with nothing in it, and nothing joins it there', async () => {
    const gate = new Gate()
    const server = await startTaskServer(1, ({ id }) => gate.pass(id), { capacity: 3 })
    const { client, join } = makeClient(0)
    join(server)
    const [first, second] = [client.task(1), client.task(2, { mode: 'shared' })]
    await until(() => gate.entered.length === 2, 'two tasks in one thread')
    const alone = client.submit(3, { mode: 'exclusive' })
    const last = client.submit(4)
    await last.accepted
    gate.open(first)
    await settle()
    assert.deepEqual(gate.entered, [first, second], 'the other one still runs there')
    gate.open(second)
    await until(() => gate.entered.includes(alone.id), 'the exclusive task')
    await settle()
    assert.deepEqual(gate.entered, [first, second, alone.id], 'there would be room for two')
    gate.open(alone.id)
    await until(() => gate.entered.includes(last.id), 'the last task')
    gate.openAll()
    assert.equal((await last.done).state, 'completed')
  })

  it('shared: tasks go to idle threads first, and share one when there are none', async () => {
    const gate = new Gate()
    const server = await startTaskServer(2, ({ id }) => gate.pass(id), { capacity: 2 })
    const { client, join } = makeClient(0)
    join(server)
    const alone = client.task(1, { mode: 'exclusive' })
    const shared = [client.task(2), client.task(3)]
    const waiting = client.submit(4)
    await waiting.accepted
    await settle()
    assert.deepEqual(gate.entered, [alone, ...shared], 'one thread is full, the other one taken')
    gate.open(alone)
    await until(() => gate.entered.includes(waiting.id), 'the last task')
    gate.openAll()
    assert.equal((await waiting.done).state, 'completed')
  })
})

describe('S4: a task that is sent', () => {
  it('starts at once where a thread is idle: it is pushed there, nobody polls', async () => {
    const gate = new Gate()
    const server = await startTaskServer(2, ({ id }) => gate.pass(id))
    const { client, join } = makeClient(0)
    join(server)
    await settle()
    const id = client.task(1)
    // No timer can have fired meanwhile.
    await settle()
    assert.deepEqual(gate.entered, [id])
    gate.openAll()
  })
})
