/** Which listeners are shipped, and with whose logger and dispatcher. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { EventDispatcher, type Listener } from '../../../../../src/events/dispatcher.ts'
import type { TaskEvent } from '../../../../../src/events/task-events.ts'
import {
  shippedListeners,
  type ShippedListenersOptions,
} from '../../../../../src/tasks/task-worker/listeners/shipped.ts'
import { ServiceBasedTask } from '../../../../../src/tasks/writing/task-objects.ts'
import { fakeServer } from '../../../events/fake-server.ts'
import { dispatchTask, servicesFrom } from '../../task-listeners.ts'

class UserCreated {
  by = ''
}

async function shipped(
  tasks: object,
  services: Record<string, unknown> = {},
  listeners: object = {},
): Promise<Listener<TaskEvent>[]> {
  const config = { root: import.meta.dirname, listeners, tasks: { dispatchEvents: false, ...tasks } }
  const dispatcher = new EventDispatcher()
  dispatcher.on(UserCreated, (event) => void (event.by = 'the default'))
  return shippedListeners({
    config: config as unknown as ShippedListenersOptions['config'],
    handlers: [],
    services: servicesFrom(services),
    dispatcher,
  })
}

async function dispatched(listeners: readonly Listener<TaskEvent>[]): Promise<unknown> {
  const { event } = await dispatchTask(new UserCreated(), ...listeners)
  return (event.returnValue as UserCreated | undefined)?.by
}

describe('the shipped listeners', () => {
  it('behaviour 52: dispatch events only when they are asked to, by the dispatcher of the listeners', async () => {
    assert.equal(await dispatched(await shipped({})), undefined)
    assert.equal(await dispatched(await shipped({ dispatchEvents: true })), 'the default')
  })

  it('behaviour 52: take another dispatcher and another logger from the container', async () => {
    const own = fakeServer()
    const bus = {
      dispatch: (event: object) => Object.assign(event, { by: 'my own' }),
    }
    const tasks = { dispatchEvents: true, dispatcher: 'bus', logger: 'log' }
    const listeners = await shipped(tasks, { bus, log: own.server.log, double: (n: number) => n * 2 })
    assert.equal(await dispatched(listeners), 'my own')
    assert.equal((await dispatchTask(new ServiceBasedTask('double', 2), ...listeners)).event.returnValue, 4)
    assert.deepEqual(
      own.logged.map(([level]) => level),
      ['info', 'info'],
    )
  })

  it('fail the boot when what is named is not there, or is no logger', async () => {
    await assert.rejects(shipped({ logger: 'gone' }), { code: 'TSRV_SERVICE_MISSING' })
    await assert.rejects(shipped({ logger: 'log' }, { log: { info() {} } }), {
      code: 'TSRV_TASK_SERVICE_INVALID',
      message:
        'tasks.logger names "log", which is { info: [Function: info] }; expected a logger with info() and error().',
    })
    await assert.rejects(shipped({ dispatchEvents: true, dispatcher: './gone.ts' }), {
      code: 'TSRV_MODULE_FAILED',
    })
  })

  it('give way to replace()', async () => {
    assert.deepEqual(await shipped({}, {}, { TaskEvent: { replace: true, entries: [] } }), [])
  })
})
