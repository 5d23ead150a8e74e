/** What php-task-manager's own tests ask of its storage, asked of our task path. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { MemoryTaskLog } from '../../../src/tasks/task-log/memory.ts'
import { CATEGORY_OF, STATUSES } from '../../../src/tasks/task-log/statuses.ts'
import { until } from '../../until.ts'
import { Gate, makeClient, startTaskServer } from './task-house.ts'

const UNFINISHED = STATUSES.filter((status) => ['created', 'in_progress'].includes(CATEGORY_OF[status]))

async function recorded() {
  const gate = new Gate()
  const taskLog = new MemoryTaskLog()
  const work = ({ id, data }: { id: number; data: unknown }): unknown => {
    if (data === 'fail') throw new Error('failed')
    return data === 'stay' ? gate.pass(id) : data
  }
  const server = await startTaskServer(1, work, { taskLog })
  const { client, finished, join } = makeClient(0)
  join(server)
  const categoryOf = async (id: number): Promise<string | undefined> => {
    const record = await taskLog.get(id)
    return record && CATEGORY_OF[record.status]
  }
  return { gate, taskLog, client, finished, categoryOf }
}

describe('S10: the states of php-task-manager', () => {
  it('are categories of the task log', async () => {
    const { client, categoryOf, gate } = await recorded()
    const completed = client.submit('value')
    const failed = client.submit('fail')
    await Promise.all([completed.done, failed.done])
    const processing = client.submit('stay')
    const [waiting, cancelled] = [client.submit('value'), client.submit('value')]
    await until(() => gate.entered.includes(processing.id), 'the task that stays')
    cancelled.cancel()
    await cancelled.done
    const states = {
      Waiting: [waiting, 'created'],
      Processing: [processing, 'in_progress'],
      Failed: [failed, 'failed'],
      Completed: [completed, 'completed'],
      Cancelled: [cancelled, 'cancelled'],
    } as const
    for (const [state, [{ id }, category]] of Object.entries(states))
      await until(async () => (await categoryOf(id)) === category, state)
    gate.openAll()
  })
})

describe('S17, S27: the records of 26 tasks', () => {
  it('are found by id, by what has become of them, and page by page', async () => {
    const { client, taskLog, categoryOf, gate } = await recorded()
    const first = client.submit('value')
    await first.done
    const others = Array.from({ length: 25 }, () => client.submit('stay'))
    await Promise.all(others.map(({ accepted }) => accepted))
    await until(() => gate.entered.length === 1, 'the second task')
    const all = [first.id, ...others.map(({ id }) => id)].toReversed()

    assert.equal(await taskLog.get(1e9), undefined)
    assert.equal(await categoryOf(first.id), 'completed')
    const { completed, created, in_progress } = await taskLog.stats({})
    assert.deepEqual([completed, created + in_progress], [1, 25])

    const unfinished = { status: { in: UNFINISHED } }
    const seen: number[][] = []
    for (let cursor: string | undefined; seen.length === 0 || cursor !== undefined;) {
      const page = await taskLog.search({ where: unfinished, limit: 10, ...(cursor && { cursor }) })
      seen.push(page.records.map(({ id }) => id))
      cursor = page.next
    }
    assert.deepEqual(seen.flat(), all.slice(0, 25), 'newest first, each once')
    assert.deepEqual(
      seen.map(({ length }) => length),
      [10, 10, 5],
    )
  })

  it('can be cancelled, and go when they are old', async () => {
    const { client, taskLog, categoryOf, gate } = await recorded()
    const [stays, waits] = [client.submit('stay'), client.submit('stay')]
    await until(() => gate.entered.length === 1, 'the first task')
    waits.cancel()
    await waits.done
    await until(async () => (await categoryOf(waits.id)) === 'cancelled', 'its record')
    const limits = { olderThan: Date.now() + 1000, keep: 1000, slice: 10 }
    assert.equal(await taskLog.prune(limits), 1)
    assert.equal(await taskLog.get(waits.id), undefined)
    assert.equal(await categoryOf(stays.id), 'in_progress', 'what has not ended stays')
    gate.openAll()
  })
})
