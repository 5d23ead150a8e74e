/** Lanes on loan in a task server with function lanes: what `tsrv work` gets. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { TsrvError } from '../../../src/errors.ts'
import { WorkDesk } from '../../../src/tasks/office/work-desk.ts'
import type { WorkNews } from '../../../src/wire/work.ts'
import { until } from '../../until.ts'
import type { Lane } from '../../../src/tasks/lanes/lane.ts'
import { functionLane, type Work } from './function-lane.ts'
import { Gate, makeClient, settle, startTaskServer, type TestClient } from './task-house.ts'

interface Shop extends TestClient {
  readonly desk: WorkDesk
  readonly news: WorkNews[]
  readonly gate: Gate
}

const WORK = 1

/** Every task waits at the gate. */
async function open(make?: (number: number, work: Work) => Lane, lanes = 1): Promise<Shop> {
  const gate = new Gate()
  const work: Work = ({ id }) => gate.pass(id)
  const server = await startTaskServer(lanes, work)
  const made = makeClient(0, { queues: { queues: [{ name: 'mail', sync: false }], routes: {} } })
  made.join(server)
  const news: WorkNews[] = []
  const desk = new WorkDesk({
    tasks: server,
    queues: {
      async requireWaiting(queue, by) {
        if (queue !== 'mail') throw new TsrvError('QUEUE_UNKNOWN', { queue, by, known: 'default, mail' })
      },
    },
    make: (number) => make?.(number, work) ?? functionLane(number, work),
    tell: (_, one) => news.push(one),
  })
  return { ...made, desk, news, gate }
}

function kinds(news: readonly WorkNews[]): string[] {
  return news.map((one) => one.is)
}

async function sendAll(client: TestClient['client'], count: number): Promise<void> {
  for (let n = 0; n < count; n++) client.task(n)
  await settle()
}

describe('lanes on loan', () => {
  it('run tasks besides those of the server, and tell of each', async () => {
    const { client, finished, desk, news, gate } = await open()
    desk.obey(WORK, { do: 'open', lanes: 2 })
    await until(() => news.length === 1, 'the lanes')
    assert.deepEqual(news[0], { is: 'open', lanes: [1, 2] })
    await sendAll(client, 4)
    assert.equal(gate.entered.length, 3)
    gate.openAll()
    await until(() => gate.entered.length === 4, 'the last task')
    gate.openAll()
    await until(() => finished.length === 4, 'all tasks to end')
    const ended = news.filter((one) => one.is === 'finished')
    assert.ok(ended.length >= 2)
    for (const { how, name, lane } of ended)
      assert.deepEqual([how, name, lane > 0], ['completed', 'number', true])
  })

  it('T28: for one queue run nothing else, and are not held up by what waits for the other lanes', async () => {
    const { client, desk, news, gate } = await open()
    client.task('first')
    await until(() => gate.entered.length === 1, 'the first task')
    const waiting = client.task('second')
    desk.obey(WORK, { do: 'open', lanes: 2, queue: 'mail' })
    await until(() => news.length === 1, 'the lanes')
    const mails = [1, 2, 3].map((data) => client.task(data, { queue: 'mail' }))
    await until(() => gate.entered.length === 3, 'two mails')
    await settle()
    assert.deepEqual(gate.entered.slice(1), mails.slice(0, 2))
    gate.open(mails[0] ?? 0)
    await until(() => gate.entered.length === 4, 'the third mail')
    assert.equal(gate.entered[3], mails[2])
    gate.openAll()
    await until(() => gate.entered.length === 5, 'the second task, in the lane of the server')
    assert.equal(gate.entered[4], waiting)
    gate.openAll()
    await until(() => kinds(news).filter((is) => is === 'finished').length === 3, 'the mails')
  })

  it('T28: for one queue leave the lanes of the server to it as well', async () => {
    const { client, desk, news, gate } = await open(undefined, 2)
    desk.obey(WORK, { do: 'open', lanes: 1, queue: 'mail' })
    await until(() => news.length === 1, 'the lane')
    for (const data of [1, 2, 3, 4]) client.task(data, { queue: 'mail' })
    await until(() => gate.entered.length === 3, 'as many mails as there are lanes')
    await settle()
    assert.equal(gate.entered.length, 3)
    while (kinds(news).length < 2) await settle()
    gate.openAll()
    await until(() => gate.entered.length === 4, 'the last mail')
    gate.openAll()
  })

  it('T28: are refused for a queue that there is not', async () => {
    const { desk, news } = await open()
    desk.obey(WORK, { do: 'open', lanes: 1, queue: 'mial' })
    await until(() => news.length === 1, 'the refusal')
    const [refusal] = news
    assert.ok(refusal?.is === 'closed')
    assert.equal(refusal.error?.code, 'TSRV_QUEUE_UNKNOWN')
  })

  it('begin no more tasks than agreed, all of them together, and then close', async () => {
    const { client, finished, desk, news, gate } = await open()
    desk.obey(WORK, { do: 'open', lanes: 4, limit: 3 })
    await until(() => news.length === 1, 'the lanes')
    assert.deepEqual(news[0], { is: 'open', lanes: [1, 2, 3] })
    await sendAll(client, 20)
    while (finished.length < 20) {
      gate.openAll()
      await settle(1)
    }
    await until(() => news.at(-1)?.is === 'closed', 'the end')
    assert.equal(news.filter((one) => one.is === 'started').length, 3)
  })

  it('begin the last task of a limit in whichever lane is free', async () => {
    const { client, finished, desk, news, gate } = await open()
    desk.obey(WORK, { do: 'open', lanes: 2, limit: 3 })
    await until(() => news.length === 1, 'the lanes')
    await sendAll(client, 3)
    const [slow = 0] = news.filter((one) => one.is === 'started').map(({ id }) => id)
    for (const id of gate.entered.filter((id) => id !== slow)) gate.open(id)
    await sendAll(client, 2)
    assert.equal(news.filter((one) => one.is === 'started').length, 3, 'though one of the two lanes is taken')
    while (finished.length < 5) {
      gate.openAll()
      await settle(1)
    }
    await until(() => news.at(-1)?.is === 'closed', 'the end')
  })

  it('pause and go on', async () => {
    const { client, desk, news, gate } = await open()
    desk.obey(WORK, { do: 'open', lanes: 1 })
    await until(() => news.length === 1, 'the lane')
    desk.obey(WORK, { do: 'pause' })
    desk.obey(WORK, { do: 'pause' })
    await sendAll(client, 2)
    assert.equal(gate.entered.length, 1, 'the lane of the server alone')
    desk.obey(WORK, { do: 'resume' })
    await until(() => gate.entered.length === 2, 'the other task')
    assert.deepEqual(kinds(news), ['open', 'paused', 'resumed', 'started'])
    gate.openAll()
  })

  it('close when their task has ended, and what waits is left to the server', async () => {
    const { client, finished, desk, news, gate } = await open()
    desk.obey(WORK, { do: 'open', lanes: 1 })
    await until(() => news.length === 1, 'the lane')
    await sendAll(client, 3)
    assert.equal(gate.entered.length, 2)
    desk.obey(WORK, { do: 'close' })
    desk.obey(WORK, { do: 'close' })
    await settle()
    assert.equal(kinds(news).includes('closed'), false)
    gate.openAll()
    await until(() => news.at(-1)?.is === 'closed', 'the end')
    gate.openAll()
    await until(
      () => finished.length === 3,
      'all tasks to end',
      () => {
        gate.openAll()
        return ''
      },
    )
    assert.deepEqual(kinds(news), ['open', 'started', 'finished', 'closed'])
  })

  it('are not lent when one of them does not start', async () => {
    const { desk, news } = await open((number, work) => {
      const lane = functionLane(number, work)
      if (number === 2) lane.start = () => Promise.reject(new Error('its modules throw'))
      return lane
    })
    desk.obey(WORK, { do: 'open', lanes: 3 })
    await until(() => news.length === 1, 'the refusal')
    assert.ok(news[0]?.is === 'closed')
    assert.equal(news[0].error?.message, 'its modules throw')
    desk.obey(WORK, { do: 'open', lanes: 1 })
    await until(() => news.length === 2, 'another loan')
    assert.deepEqual(news[1], { is: 'open', lanes: [1] }, 'the numbers are free again')
  })
})
