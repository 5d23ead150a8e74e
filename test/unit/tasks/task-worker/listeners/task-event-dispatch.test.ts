import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { EventDispatcher } from '../../../../../src/events/dispatcher.ts'
import type { TaskEvent } from '../../../../../src/events/task-events.ts'
import { taskEventDispatchListener } from '../../../../../src/tasks/task-worker/listeners/task-event-dispatch.ts'
import { taskJournal } from '../../../../../src/tasks/task-worker/listeners/task-journal.ts'
import { fakeServer } from '../../../events/fake-server.ts'
import { dispatchTask } from '../../task-listeners.ts'

class UserCreated {
  readonly seen: string[] = []
}

const failing = {
  dispatch(): never {
    throw new RangeError('far')
  },
}

describe('the task event dispatcher', () => {
  it('behaviour 39: leaves data that is no object to others', async () => {
    const dispatched: unknown[] = []
    const listener = taskEventDispatchListener({ dispatch: (event) => dispatched.push(event) })
    for (const data of ['text', 1, null]) {
      const { event } = await dispatchTask(data, listener)
      assert.deepEqual([event.returnValue, event.propagationStopped], [undefined, false])
    }
    assert.deepEqual(dispatched, [])
  })

  it('behaviour 40: dispatches an object as an event, which is then the return value, and completes the task', async () => {
    const dispatcher = new EventDispatcher()
    dispatcher.on(UserCreated, async (event) => void event.seen.push('heard'))
    const data = new UserCreated()
    const { event } = await dispatchTask(data, taskEventDispatchListener(dispatcher))
    assert.equal(event.returnValue, data)
    assert.deepEqual(data.seen, ['heard'])
    assert.equal(event.propagationStopped, true)
  })

  it('behaviour 41: fails the task when a listener throws; it is complete, so that nothing else takes it', async () => {
    const heard: TaskEvent[] = []
    await assert.rejects(
      dispatchTask(new UserCreated(), (event) => void heard.push(event), taskEventDispatchListener(failing)),
      RangeError,
    )
    const [event] = heard
    assert.deepEqual([event?.propagationStopped, event?.returnValue], [true, undefined])
  })

  it('behaviour 42: tells a logger of the user once of a throw, with the id and the class of the error', async () => {
    const own = fakeServer()
    const listener = taskEventDispatchListener(failing, taskJournal(own.server.log))
    await assert.rejects(dispatchTask(new UserCreated(), listener), RangeError)
    const errors = own.logged.filter(([level]) => level === 'error')
    assert.equal(errors.length, 1)
    assert.equal(errors[0]?.[2], 'Error processing task 1: RangeError: far')
  })

  it('leaves an event that nobody listens to to others, so that it fails as unhandled', async () => {
    const listener = taskEventDispatchListener(new EventDispatcher())
    for (const data of [new UserCreated(), { constructor: 'data' }, Object.create(null)]) {
      assert.equal((await dispatchTask(data, listener)).event.propagationStopped, false)
    }
  })
})
