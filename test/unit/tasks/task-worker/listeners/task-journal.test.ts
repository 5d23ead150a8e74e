/** What the shipped listeners write down, and to whom. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { TaskEvent } from '../../../../../src/events/task-events.ts'
import { taskInvokerListener } from '../../../../../src/tasks/task-worker/listeners/task-invoker.ts'
import { taskJournal } from '../../../../../src/tasks/task-worker/listeners/task-journal.ts'
import { Task } from '../../../../../src/tasks/writing/task-objects.ts'
import { fakeServer } from '../../../events/fake-server.ts'
import { dispatchTask } from '../../task-listeners.ts'

function work(value: unknown): unknown {
  if (value === 'throw') throw new RangeError('far')
  return value
}
const services = { has: () => false, get: () => undefined }

describe('a logger of the user', () => {
  it('behaviour 44: gets one record when a task begins, with its id and the task as JSON', async () => {
    const own = fakeServer()
    const task = new Task(work, 'value')
    const listener = taskInvokerListener(services, taskJournal(own.server.log))
    const { event, logged } = await dispatchTask(task, listener)
    assert.equal(event.propagationStopped, true)
    const message = 'Starting work on task 1 using: {"handler":"work","arguments":["value"]}'
    assert.deepEqual(own.logged, [['info', { taskId: 1, task }, message]])
    assert.deepEqual(logged, [], 'and the log of the server none')
  })

  it('behaviour 45: gets a second record when it fails, with its id and the class of the error', async () => {
    const own = fakeServer()
    const listener = taskInvokerListener(services, taskJournal(own.server.log))
    const heard: TaskEvent[] = []
    const hear = (event: TaskEvent): void => void heard.push(event)
    await assert.rejects(dispatchTask(new Task(work, 'throw'), hear, listener), RangeError)
    assert.equal(heard[0]?.propagationStopped, true, 'it is complete: no other listener takes it')
    const [level, fields, message] = own.logged[1] ?? []
    assert.deepEqual([level, message], ['error', 'Error processing task 1: RangeError: far'])
    assert.equal((fields as { err: Error }).err.name, 'RangeError')
    assert.equal(own.logged.length, 2)
  })

  it('does not stop a task that JSON cannot say', async () => {
    const own = fakeServer()
    const listener = taskInvokerListener(services, taskJournal(own.server.log))
    const { event } = await dispatchTask(new Task(work, 1n), listener)
    assert.equal(event.returnValue, 1n)
    assert.match(String(own.logged[0]?.[2]), /using: Task \(.*BigInt/)
  })
})
