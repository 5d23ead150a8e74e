/** The task office over a task server with function lanes: what `tsrv task` asks for. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { MemoryBroker } from '../../../src/tasks/brokers/memory.ts'
import { QueueOffice } from '../../../src/tasks/office/queue-office.ts'
import { NO_ROUTES, type QueueRoutes } from '../../../src/tasks/queues.ts'
import { MemoryTaskLog } from '../../../src/tasks/task-log/memory.ts'
import { TaskOffice } from '../../../src/tasks/office/task-office.ts'
import type { TaskAnswers, TaskQuestion } from '../../../src/wire/task-questions.ts'
import { until } from '../../until.ts'
import type { Work } from './function-lane.ts'
import { Gate, makeClient, settle, startTaskServer, type TestClient } from './task-house.ts'

interface Office extends TestClient {
  readonly ask: <Question extends TaskQuestion>(question: Question) => Promise<TaskAnswers[Question['ask']]>
}

async function open(work: Work, lanes = 1): Promise<Office> {
  const taskLog = new MemoryTaskLog()
  const server = await startTaskServer(lanes, work, { taskLog })
  const made = makeClient(0)
  made.join(server)
  // The client leads: it gets the reports of tasks that nobody in particular sent.
  made.client.lead()
  let id = 1_000_000_000
  const queues = new QueueOffice({
    broker: new MemoryBroker(),
    tasks: server,
    terms: () => ({ selector: 'weighted', queues: [] }),
  })
  const routes = (): QueueRoutes => NO_ROUTES
  const office = new TaskOffice({ tasks: server, taskLog, queues, routes, nextId: async () => id++ })
  return { ...made, ask: (question) => office.answer(question) as never }
}

const twice: Work = ({ data }) => {
  if (typeof data !== 'number') throw new TypeError(`${String(data)} is no number`)
  return data * 2
}

describe('the task office', () => {
  it('lists what matches, in the order and pages that were asked for', async () => {
    const { client, finished, ask } = await open(twice)
    const ids = [1, 'x', 3, 4].map((data) => client.task(data))
    await until(() => finished.length === 4, 'the tasks to end')
    const ended = await ask({ ask: 'list', where: ['status=completed'], sort: 'id:asc', limit: 2 })
    assert.deepEqual(
      ended.tasks.map(({ id }) => id),
      [ids[0], ids[2]],
    )
    assert.ok(ended.next)
    const rest = await ask({
      ask: 'list',
      where: ['status=completed'],
      sort: 'id:asc',
      limit: 2,
      cursor: ended.next,
    })
    assert.deepEqual([rest.tasks.map(({ id }) => id), rest.next], [[ids[3]], undefined])
  })

  it('shows data, result and error as text', async () => {
    const { client, finished, ask } = await open(twice)
    const [good = 0, bad = 0] = [21, 'x'].map((data) => client.task(data))
    await until(() => finished.length === 2, 'the tasks to end')
    const { data, result, failure } = await ask({ ask: 'show', id: good })
    assert.deepEqual([data, result, failure], ['21', '42', undefined])
    const shown = await ask({ ask: 'show', id: bad })
    assert.equal(shown.result, undefined)
    assert.match(shown.failure ?? '', /^TypeError: x is no number\n {4}at /)
    await assert.rejects(ask({ ask: 'show', id: 77 }), { code: 'TSRV_TASK_NOT_FOUND' })
  })

  it('T30: counts by what has become of them', async () => {
    const { client, finished, ask } = await open(twice)
    for (const data of [1, 2, 'x']) client.task(data)
    await until(() => finished.length === 3, 'the tasks to end')
    const { tasks, queue } = await ask({ ask: 'stats' })
    assert.deepEqual(
      tasks.filter(({ count }) => count > 0).map(({ label, count }) => [label, count]),
      [
        ['Completed', 2],
        ['Failed', 1],
      ],
    )
    assert.deepEqual(queue, { queued: 0, running: 0, workers: 1 })
  })

  it('T22: cancels what waits and what runs, and says why not otherwise', async () => {
    const gate = new Gate()
    const { client, finished, ask } = await open(async ({ data, id, signal }) => {
      if (data === 'fast') return
      await Promise.race([
        gate.pass(id),
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error))),
      ])
    })
    const fast = client.task('fast')
    await until(() => finished.length === 1, 'the fast one')
    const [runs = 0, waits = 0] = [1, 2].map((data) => client.task(data))
    await until(() => gate.entered.includes(runs), 'the first one to run')
    const report = await ask({ ask: 'cancel', ids: [runs, waits, fast, 77] })
    assert.deepEqual(report.done, [{ id: runs }, { id: waits }])
    assert.deepEqual(report.refused, [
      { id: fast, reason: 'it has ended (completed)' },
      { id: 77, reason: 'there is no such task' },
    ])
    await until(() => finished.length === 3, 'both to end')
    assert.equal(gate.entered.length, 1, 'what waited has not run')
  })

  it('T30: repeats ended tasks under new ids, with their data and their names', async () => {
    let isFixed = false
    const { client, finished, ask } = await open(({ data }) => {
      if (!isFixed) throw new Error('not yet')
      return data
    })
    const id = client.task({ mail: 'ada' }, { label: 'first', priority: 3 })
    await until(() => finished.length === 1, 'the failure')
    isFixed = true
    const { done } = await ask({ ask: 'retry', where: ['status=failed'] })
    const as = done[0]?.as ?? 0
    assert.deepEqual(done, [{ id, as }])
    await until(() => finished.length === 2, 'the report of the second one, which goes to the leader')
    const second = await ask({ ask: 'show', id: as })
    const { status, retryOf, label, priority, sender, data } = second
    assert.deepEqual(
      { status, retryOf, label, priority, sender, data },
      {
        status: 'completed',
        retryOf: id,
        label: 'first',
        priority: 3,
        sender: 'cli',
        data: "{ mail: 'ada' }",
      },
    )
    assert.equal((await ask({ ask: 'show', id })).status, 'failed', 'the first one stays as it was')
  })

  it('repeats nothing that has not ended', async () => {
    const gate = new Gate()
    const { client, ask } = await open(({ id }) => gate.pass(id))
    const ids = [client.task(1), client.task(2)]
    await until(() => gate.entered.length === 1, 'a running task')
    await settle()
    const { done, refused } = await ask({ ask: 'retry', ids })
    assert.deepEqual(
      [done, refused.map(({ reason }) => reason)],
      [[], ['it is in progress', 'it has not run yet']],
    )
    gate.openAll()
  })

  it('T23: archives what has ended, and lists what it refused', async () => {
    const gate = new Gate()
    const { client, finished, ask } = await open(({ id, data }) => (data === 1 ? gate.pass(id) : data))
    const id = client.task(2)
    await until(() => finished.length === 1, 'the end')
    const running = client.task(1)
    await until(() => gate.entered.length === 1, 'a running task')
    await settle()
    assert.deepEqual(await ask({ ask: 'archive', where: ['id>0'] }), {
      done: [{ id }],
      refused: [{ id: running, reason: 'it is in progress' }],
    })
    assert.deepEqual((await ask({ ask: 'archive', ids: [running], force: true })).done, [{ id: running }])
    assert.deepEqual((await ask({ ask: 'list' })).tasks, [])
    gate.openAll()
  })

  for (const [problem, question] of [
    ['an unknown question', { ask: 'sing' }],
    ['a condition that is none', { ask: 'list', where: ['status'] }],
    ['an unknown status', { ask: 'stats', where: ['status=faild'] }],
    ['conditions that are no list', { ask: 'list', where: 'status=failed' }],
    ['an unknown column to sort by', { ask: 'list', sort: 'colour' }],
    ['a limit beyond reason', { ask: 'list', limit: 1e9 }],
    ['an id that is none', { ask: 'show', id: '1' }],
    ['nothing to be done with', { ask: 'cancel' }],
    ['no conditions at all', { ask: 'archive', where: [] }],
    ['ids and conditions', { ask: 'retry', ids: [1], where: ['id=1'] }],
    ['a force that is none', { ask: 'archive', ids: [1], force: 'yes' }],
  ] as const) {
    it(`says what is wrong with ${problem}`, async () => {
      const { ask } = await open(twice)
      await assert.rejects(ask(question as unknown as TaskQuestion), { code: 'TSRV_TASK_QUERY_INVALID' })
    })
  }
})
