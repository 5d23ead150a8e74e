/** A deferred listener is one task, and running it is not another. */
import assert from 'node:assert/strict'
import path from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { EventDispatcher } from '../../../../src/events/dispatcher.ts'
import { loadListeners } from '../../../../src/events/listeners.ts'
import { bindServer } from '../../../../src/server.ts'
import {
  deferred,
  DeferredCall,
  deferredCallListener,
  deferring,
  nameDeferred,
} from '../../../../src/tasks/writing/deferred.ts'
import { ServiceBasedTask, Task } from '../../../../src/tasks/writing/task-objects.ts'
import type { Tags } from '../../../../src/wire/tags.ts'
import { decodePayload, encodePayload } from '../../../../src/wire/payload.ts'
import { heard, UserCreated } from '../../../fixtures/listeners/deferred.ts'
import { type FakeServer, fakeServer } from '../../events/fake-server.ts'
import { dispatchTask } from '../task-listeners.ts'

const root = path.join(import.meta.dirname, '../../../fixtures/listeners')
const KEY = './deferred.ts#UserCreated'
const ENTRY = './deferred.ts'
const exported: Record<string, object> = { UserCreated, DeferredCall }
const tags: Tags = {
  tagOf: (value) => Object.keys(exported).find((tag) => exported[tag] === value),
  exportOf: (tag) => exported[tag],
}
const services = { has: () => false, get: () => undefined }

async function defer(event = KEY, known = tags): Promise<FakeServer & { dispatcher: EventDispatcher }> {
  const fake = fakeServer()
  const dispatcher = new EventDispatcher()
  await loadListeners({
    listeners: { [event]: { replace: false, entries: [{ listener: ENTRY, deferred: true }] } },
    root,
    roles: ['http'],
    services,
    dispatcher,
    defer: deferring(fake.server, known),
  })
  return { ...fake, dispatcher }
}

describe('a deferred listener', () => {
  beforeEach(() => heard.splice(0))

  it('behaviour 50: queues exactly one task with listener and event, and runs nothing here', async () => {
    const { dispatcher, tasks } = await defer()
    const event = new UserCreated('ada@example.com')
    await dispatcher.dispatch(event)
    assert.deepEqual(tasks, [new DeferredCall(KEY, ENTRY, event)])
    assert.equal(heard.length, 0)
  })

  it('behaviour 48: runs in the task worker with the event as it was, and queues nothing there', async () => {
    const { dispatcher, tasks } = await defer()
    await dispatcher.dispatch(new UserCreated('ada@example.com'))
    const arrived = decodePayload(encodePayload(tasks[0], tags), tags)
    const done = await dispatchTask(arrived, deferredCallListener(root, services))
    assert.equal(done.event.returnValue, 'welcomed ada@example.com')
    assert.equal(done.event.propagationStopped, true)
    assert.ok(heard[0] instanceof UserCreated)
    assert.equal(heard.length, 1)
    assert.deepEqual(done.tasks, [])
  })

  it('reads in logs as listener and event', () => {
    const call = new DeferredCall(KEY, ENTRY, new UserCreated('ada'))
    assert.equal(JSON.stringify(call), '{"handler":"./deferred.ts","arguments":[{"email":"ada"}]}')
  })

  it('is refused for events that carry live objects', async () => {
    await assert.rejects(defer('WorkerStartEvent'), {
      code: 'TSRV_LISTENER_NOT_DEFERRABLE',
      message: /"\.\/deferred\.ts" for event "WorkerStartEvent".*live objects/,
    })
  })

  it('is refused for classes that cannot travel', async () => {
    await assert.rejects(defer(KEY, { tagOf: () => undefined, exportOf: () => undefined }), {
      code: 'TSRV_LISTENER_NOT_DEFERRABLE',
      message: /the class UserCreated is not exported by a file of tasks\.modules/,
    })
  })

  it('is not looked for in other tasks', async () => {
    const { event } = await dispatchTask({ key: KEY }, deferredCallListener(root, services))
    assert.equal(event.propagationStopped, false)
  })
})

describe('deferred()', () => {
  let tasks: unknown[] = []
  beforeEach(() => {
    const fake = fakeServer()
    tasks = fake.tasks
    bindServer(fake.server)
  })
  afterEach(() => bindServer(undefined))

  const event = new UserCreated('ada')
  const welcome = (one: UserCreated): string => one.email

  it('behaviour 51: makes a listener that queues an exported function as a Task', async () => {
    const dispatcher = new EventDispatcher()
    dispatcher.on(UserCreated, deferred(welcome))
    await dispatcher.dispatch(event)
    assert.deepEqual(tasks, [new Task(welcome, event)])
  })

  it('queues a service by the name under which the container made it first', () => {
    const listener = deferred({ handle: welcome })
    nameDeferred('welcomeMailer', listener)
    nameDeferred('alias', listener)
    listener(event)
    listener.handle(event)
    const task = new ServiceBasedTask('welcomeMailer', event)
    assert.deepEqual(tasks, [task, task])
    assert.equal(JSON.stringify(task), '{"handler":"welcomeMailer","arguments":[{"email":"ada"}]}')
  })

  it('refuses an object that no task worker could find', () => {
    class Mailer {
      handle(): void {}
    }
    assert.throws(() => deferred(new Mailer())(event), {
      code: 'TSRV_LISTENER_NOT_DEFERRABLE',
      message: /"Mailer" for event "UserCreated".*make it a service of the container/,
    })
  })

  it('behaviour 51: returns what is no listener as it is', () => {
    for (const value of ['text', 7, undefined, { send: () => {} }])
      assert.equal(deferred(value as unknown as typeof welcome), value)
  })
})
