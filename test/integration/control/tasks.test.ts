/** Questions about tasks and lanes on loan over a real control socket. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { ControlServer, type ControlHandlers } from '../../../src/control/server.ts'
import { askTasks, openWork } from '../../../src/control/task-client.ts'
import { TsrvError } from '../../../src/errors.ts'
import type { TaskQuestion } from '../../../src/wire/task-questions.ts'
import type { WorkNews, WorkOrder } from '../../../src/wire/work.ts'
import { STATUS } from '../../fixtures/control-status.ts'
import { until } from '../../until.ts'

let folder = ''
let file = ''
let server = new ControlServer()
let orders: WorkOrder[] = []
let tell: (news: WorkNews) => void = () => {}

const handlers: ControlHandlers = {
  status: () => STATUS,
  stop() {},
  reload: () => Promise.reject(new Error('not asked for')),
  scale: () => Promise.reject(new Error('not asked for')),
  restart: () => Promise.reject(new Error('not asked for')),
  askTasks: async (question) => {
    if (question.ask === 'show') throw new TsrvError('TASK_NOT_FOUND', { id: question.id })
    if (question.ask === 'stats') throw new Error('a defect')
    return { tasks: [], next: JSON.stringify(question) }
  },
  work: (order, onNews) => {
    if (order.lanes === 13) throw new TsrvError('TASK_SERVER_MISSING')
    orders.push(order)
    tell = onNews
    return 5
  },
  orderWork: (work, order) => {
    orders.push(order)
    return work === 5
  },
}

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'tsrv-control-'))
  file = path.join(folder, 'control.sock')
  orders = []
  server = new ControlServer()
  await server.start(file, handlers)
})
afterEach(async () => {
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
})

const never = new AbortController().signal

describe('a question about tasks', () => {
  it('travels there and its answer back', async () => {
    const question = { ask: 'list', where: ['status=failed'], status: 'no Reply' } as const
    const answer = await askTasks(file, question)
    assert.deepEqual(JSON.parse(answer?.next ?? ''), question)
  })

  it('fails with code, text and exit status of the error table', async () => {
    await assert.rejects(askTasks(file, { ask: 'show', id: 7 }), (error) => {
      assert.ok(error instanceof TsrvError)
      const { code, message, exitCode } = error
      const own = new TsrvError('TASK_NOT_FOUND', { id: 7 })
      assert.deepEqual({ code, message, exitCode }, { code: own.code, message: own.message, exitCode: 1 })
      return true
    })
  })

  it('that is none, and a defect of the server, are failures of the call', async () => {
    const none = { question: 'list' } as unknown as TaskQuestion
    await assert.rejects(askTasks(file, none), { code: 'TSRV_CONTROL_FAILED', message: /"ask" must say/ })
    await assert.rejects(askTasks(file, { ask: 'stats' }), {
      code: 'TSRV_CONTROL_FAILED',
      message: /a defect/,
    })
  })

  it('has no answer where no server is', async () => {
    assert.equal(await askTasks(path.join(folder, 'no.sock'), { ask: 'list' }), undefined)
    assert.equal(await openWork(path.join(folder, 'no.sock'), { lanes: 1 }, never), undefined)
  })
})

describe('lanes on loan', () => {
  it('are told of line by line, and take orders meanwhile', async () => {
    const work = await openWork(file, { lanes: 2, limit: 3 }, never)
    assert.ok(work)
    tell({ is: 'open', lanes: [1, 2] })
    assert.equal(await work.order('pause'), true)
    tell({ is: 'closed' })
    assert.deepEqual(await Array.fromAsync(work.news), [{ is: 'open', lanes: [1, 2] }, { is: 'closed' }])
    assert.deepEqual(orders.slice(0, 2), [
      { do: 'open', lanes: 2, limit: 3 },
      { work: 5, do: 'pause' },
    ])
  })

  it('go back when the connection of the asker breaks', async () => {
    const abort = new AbortController()
    assert.ok(await openWork(file, { lanes: 1 }, abort.signal))
    abort.abort()
    await until(() => orders.some((order) => order.do === 'close'), 'the lanes to go back')
  })

  it('go back when the asker does not read what they tell', async () => {
    assert.ok(await openWork(file, { lanes: 1 }, never))
    const news: WorkNews = { is: 'started', id: 1, name: 'x'.repeat(10_000), lane: 1, attempt: 1 }
    for (let line = 0; line < 500; line++) tell(news)
    await until(() => orders.some((order) => order.do === 'close'), 'the lanes to go back')
  })

  it('are refused with the reason', async () => {
    await assert.rejects(openWork(file, { lanes: 13 }, never), { code: 'TSRV_TASK_SERVER_MISSING' })
    for (const wrong of [{ lanes: 0 }, { lanes: 65 }, { lanes: 1.5 }, { lanes: 1, limit: 0 }])
      await assert.rejects(openWork(file, wrong, never), { code: 'TSRV_CONTROL_FAILED', message: /must be/ })
  })
})
