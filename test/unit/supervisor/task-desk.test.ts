import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { TsrvError } from '../../../src/errors.ts'
import { TaskDesk } from '../../../src/supervisor/task-desk.ts'
import type { WorkerHandle } from '../../../src/supervisor/worker-handle.ts'
import { errorToWire } from '../../../src/wire/error-report.ts'
import type { ToChild } from '../../../src/wire/messages.ts'
import type { WorkNews } from '../../../src/wire/work.ts'

function taskServer(state: string = 'ready'): WorkerHandle & { readonly sent: ToChild[] } {
  const sent: ToChild[] = []
  const worker = { state, sent, send: (message: ToChild) => void sent.push(message) }
  return worker as unknown as WorkerHandle & { readonly sent: ToChild[] }
}

const QUESTION = { ask: 'show', id: 7 } as const
const ANSWER = { tasks: [] }

describe('questions to the task server', () => {
  it('find their answers, whatever the order in which these come', async () => {
    const server = taskServer()
    const desk = new TaskDesk(() => [server])
    const asked = [desk.ask(QUESTION), desk.ask({ ask: 'list' })]
    const requests = server.sent.map((message) => (message.type === 'ask' ? message.request : -1))
    const error = errorToWire(new TsrvError('TASK_NOT_FOUND', { id: 7 }))
    desk.received({ type: 'answer', request: requests[1] ?? -1, answer: ANSWER })
    desk.received({ type: 'answer', request: requests[0] ?? -1, error })
    const [show, list] = await Promise.allSettled(asked)
    assert.equal(list?.status === 'fulfilled' && list.value, ANSWER)
    assert.ok(show?.status === 'rejected' && show.reason instanceof TsrvError)
    assert.equal(show.reason.code, 'TSRV_TASK_NOT_FOUND')
  })

  it('end with the task server, and with their deadline', async () => {
    const server = taskServer()
    const desk = new TaskDesk(() => [server])
    const lost = desk.ask(QUESTION)
    desk.lost(taskServer())
    desk.lost(server)
    await assert.rejects(lost, { code: 'TSRV_TASK_SERVER_SILENT', message: /it ended before/ })
    await assert.rejects(desk.ask(QUESTION, 5), {
      code: 'TSRV_TASK_SERVER_SILENT',
      message: /no answer within/,
    })
  })

  it('are refused when there is nobody to ask', async () => {
    await assert.rejects(new TaskDesk(() => []).ask(QUESTION), { code: 'TSRV_TASK_SERVER_MISSING' })
    const starting = new TaskDesk(() => [taskServer('starting')])
    await assert.rejects(starting.ask(QUESTION), { code: 'TSRV_TASK_SERVER_SILENT', message: /starting/ })
  })
})

describe('lanes on loan', () => {
  it('take orders until they are closed, and their news reach the one who has them', () => {
    const server = taskServer()
    const desk = new TaskDesk(() => [server])
    const news: WorkNews[] = []
    const work = desk.work({ do: 'open', lanes: 2 }, (one) => news.push(one))
    assert.equal(desk.order(work, { do: 'pause' }), true)
    desk.received({ type: 'work', work, news: { is: 'paused' } })
    desk.received({ type: 'work', work: work + 1, news: { is: 'resumed' } })
    desk.received({ type: 'work', work, news: { is: 'closed' } })
    assert.equal(desk.order(work, { do: 'resume' }), false)
    assert.deepEqual(news, [{ is: 'paused' }, { is: 'closed' }])
    assert.deepEqual(
      server.sent.map((message) => message.type === 'work' && message.order.do),
      ['open', 'pause'],
    )
  })

  it('are closed when the task server has ended', () => {
    const server = taskServer()
    const desk = new TaskDesk(() => [server])
    const news: WorkNews[] = []
    desk.work({ do: 'open', lanes: 1 }, (one) => news.push(one))
    desk.lost(server)
    desk.lost(server)
    assert.equal(news.length, 1)
    assert.equal(news[0]?.is === 'closed' && news[0].error?.code, 'TSRV_TASK_SERVER_SILENT')
  })
})
