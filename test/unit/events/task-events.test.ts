/** Who decides what a task returns, and who ends the chain. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { TaskEvent } from '../../../src/events/task-events.ts'
import { fakeServer } from './fake-server.ts'

function taskEvent(progress: unknown[] = []): { event: TaskEvent; warnings: unknown[][] } {
  const { server, logged } = fakeServer()
  const event = new TaskEvent({
    server,
    taskId: 7,
    workerId: 2,
    data: 'data',
    attempt: 1,
    signal: new AbortController().signal,
    onProgress: (one) => progress.push(one),
  })
  return { event, warnings: logged }
}

describe('the return value of a task', () => {
  it('is the first one that is not undefined', () => {
    const { event } = taskEvent()
    event.returnValue = undefined
    event.returnValue = null
    event.returnValue = 'later'
    assert.equal(event.returnValue, null)
  })

  it('is set by finish(), over what was returned before, and the chain ends', () => {
    const { event } = taskEvent()
    event.returnValue = 'earlier'
    event.finish('decided')
    assert.equal(event.returnValue, 'decided')
    assert.equal(event.propagationStopped, true)
  })

  it('stays what finish() said, also nothing', () => {
    const { event } = taskEvent()
    event.finish()
    event.returnValue = 'returned by the same listener'
    assert.equal(event.returnValue, undefined)
  })

  it('is not changed by a second finish(), which warns', () => {
    const { event, warnings } = taskEvent()
    event.finish(1)
    event.finish(2)
    assert.equal(event.returnValue, 1)
    assert.deepEqual(warnings, [
      ['warn', { taskId: 7 }, 'event.finish() was called again; only the first call counts'],
    ])
  })

  it('is left alone by taskProcessingComplete(), which only ends the chain', () => {
    const { event } = taskEvent()
    assert.equal(event.propagationStopped, false)
    event.taskProcessingComplete()
    assert.equal(event.propagationStopped, true)
    event.returnValue = 'kept'
    assert.equal(event.returnValue, 'kept')
    event.finish('later')
    assert.equal(event.returnValue, 'later')
  })
})

describe('progress()', () => {
  it('hands the report on', () => {
    const progress: unknown[] = []
    taskEvent(progress).event.progress({ message: 'resized', completion: 3, target: 10 })
    assert.deepEqual(progress, [{ message: 'resized', completion: 3, target: 10 }])
  })
})
