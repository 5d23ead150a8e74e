/** The end of a task as events in its sender. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { EventDispatcher } from '../../../../src/events/dispatcher.ts'
import { TaskErrorEvent, TaskFinishEvent } from '../../../../src/events/task-events.ts'
import { dispatchFinish } from '../../../../src/tasks/sender/finish-events.ts'
import { fakeServer } from '../../events/fake-server.ts'

const DONE = {
  id: 7,
  state: 'completed',
  value: { a: 1 },
  duration: 12.5,
  attempt: 1,
  redelivered: true,
} as const
const FAILED = {
  id: 8,
  state: 'failed',
  error: new Error('no'),
  duration: 1,
  attempt: 3,
  redelivered: false,
} as const

describe('the end of a task', () => {
  it('behaviour 38, R8: is one TaskFinishEvent with id, data and duration', async () => {
    const { server, logged } = fakeServer()
    const dispatcher = new EventDispatcher()
    const events: TaskFinishEvent[] = []
    dispatcher.on(TaskFinishEvent, (event) => events.push(event))
    dispatcher.on(TaskErrorEvent, () => assert.fail('it did not fail'))
    await dispatchFinish(DONE, { dispatcher, server })
    assert.equal(events.length, 1)
    const [event] = events
    assert.ok(event !== undefined)
    assert.deepEqual(Object.fromEntries(Object.entries(event)), {
      server,
      taskId: 7,
      data: { a: 1 },
      error: undefined,
      duration: 12.5,
      redelivered: true,
    })
    assert.deepEqual(logged, [['debug', { taskId: 7, duration: 12.5 }, 'Task completed']])
  })

  it('is a TaskErrorEvent before it when the task failed, and is logged', async () => {
    const { server, logged } = fakeServer()
    const dispatcher = new EventDispatcher()
    const heard: unknown[] = []
    dispatcher.on(TaskFinishEvent, ({ taskId, error, data }) => heard.push(['finish', taskId, error, data]))
    dispatcher.on(TaskErrorEvent, ({ taskId, error }) => heard.push(['error', taskId, error]))
    await dispatchFinish(FAILED, { dispatcher, server })
    assert.deepEqual(heard, [
      ['error', 8, FAILED.error],
      ['finish', 8, FAILED.error, undefined],
    ])
    assert.deepEqual(logged, [['warn', { err: FAILED.error, taskId: 8, duration: 1 }, 'Task failed']])
  })

  it('is told to all listeners, although one of them throws, which is logged', async () => {
    const { server, logged } = fakeServer()
    const dispatcher = new EventDispatcher()
    const heard: string[] = []
    const thrown = new Error('listener')
    dispatcher.on(TaskErrorEvent, async () => Promise.reject(thrown))
    dispatcher.on(TaskErrorEvent, () => heard.push('error'))
    dispatcher.on(TaskFinishEvent, () => {
      throw thrown
    })
    dispatcher.on(TaskFinishEvent, () => heard.push('finish'))
    await dispatchFinish(FAILED, { dispatcher, server })
    assert.deepEqual(heard, ['error', 'finish'])
    const errors = logged.filter(([level]) => level === 'error')
    assert.deepEqual(
      errors.map(([, fields]) => fields),
      [
        { err: thrown, taskId: 8 },
        { err: thrown, taskId: 8 },
      ],
    )
  })
})
