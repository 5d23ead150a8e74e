import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { EventDispatcher } from '../../../../src/events/dispatcher.ts'
import { taskEventDispatchListener } from '../../../../src/tasks/listeners/task-event-dispatch.ts'
import { dispatchTask } from '../task-listeners.ts'

class UserCreated {
  readonly seen: string[] = []
}

describe('the task event dispatcher', () => {
  it('39: leaves data that is no object to others', async () => {
    const dispatched: unknown[] = []
    const listener = taskEventDispatchListener({ dispatch: (event) => dispatched.push(event) })
    for (const data of ['text', 1, null]) {
      const { event } = await dispatchTask(data, listener)
      assert.deepEqual([event.returnValue, event.propagationStopped], [undefined, false])
    }
    assert.deepEqual(dispatched, [])
  })

  it('40: dispatches an object as an event, which is then the return value, and completes the task', async () => {
    const dispatcher = new EventDispatcher()
    dispatcher.on(UserCreated, async (event) => void event.seen.push('heard'))
    const data = new UserCreated()
    const { event } = await dispatchTask(data, taskEventDispatchListener(dispatcher))
    assert.equal(event.returnValue, data)
    assert.deepEqual(data.seen, ['heard'])
    assert.equal(event.propagationStopped, true)
  })

  it('41: fails the task when a listener throws; it is complete, so that nothing else takes it', async () => {
    const dispatch = (): never => {
      throw new RangeError('far')
    }
    let later = false
    await assert.rejects(
      dispatchTask(new UserCreated(), taskEventDispatchListener({ dispatch }), () => (later = true)),
      RangeError,
    )
    assert.equal(later, false)
  })

  it('leaves an event that nobody listens to to others, so that it fails as unhandled', async () => {
    const listener = taskEventDispatchListener(new EventDispatcher())
    for (const data of [new UserCreated(), { constructor: 'data' }, Object.create(null)]) {
      assert.equal((await dispatchTask(data, listener)).event.propagationStopped, false)
    }
  })
})
