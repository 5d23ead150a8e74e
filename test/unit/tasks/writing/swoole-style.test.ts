/** `server.on('task' | 'finish')`: positional parameters, one handler each, results as in the old style. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { EventDispatcher, type Listener } from '../../../../src/events/dispatcher.ts'
import { TaskEvent, TaskFinishEvent } from '../../../../src/events/task-events.ts'
import type { ReceivedTask, Server } from '../../../../src/server.ts'
import { SwooleCallbacks } from '../../../../src/tasks/writing/swoole-style.ts'
import { fakeServer } from '../../events/fake-server.ts'

interface Outcome {
  readonly event: TaskEvent
  readonly warnings: number
  /** A listener after the handler has run. */
  readonly reachedNext: boolean
}

type Register = (on: Server['on']) => void

async function runTask(data: unknown, register: Register, coroutine = false): Promise<Outcome> {
  const { server, logged } = fakeServer()
  const callbacks = new SwooleCallbacks()
  register(callbacks.on)
  const dispatcher = new EventDispatcher()
  callbacks.attach(dispatcher, { coroutine })
  let reachedNext = false
  dispatcher.on(TaskEvent, () => {
    reachedNext = true
  })
  const { signal } = new AbortController()
  const init = { server, taskId: 7, workerId: 3, data, attempt: 1, signal, onProgress() {} }
  const event = new TaskEvent(init)
  await dispatcher.dispatch(event, {
    onReturn: (value) => {
      event.returnValue = value
    },
  })
  return { event, warnings: logged.length, reachedNext }
}

function finishes(data: unknown, error?: Error): Promise<unknown[][]> {
  return finishing(new TaskFinishEvent({ ...FINISH, server: fakeServer().server, data, error }))
}

const FINISH = { taskId: 7, duration: 1, redelivered: false }

async function finishing(event: TaskFinishEvent): Promise<unknown[][]> {
  const calls: unknown[][] = []
  const callbacks = new SwooleCallbacks()
  callbacks.on('finish', (...parameters) => calls.push(parameters))
  const dispatcher = new EventDispatcher()
  callbacks.attach(dispatcher, { coroutine: false })
  await dispatcher.dispatch(event)
  return calls
}

describe("a handler of server.on('task')", () => {
  it('behaviour 36: gets server, task id, worker id of the sender and the data as they are; what it returns is the result', async () => {
    const seen: unknown[] = []
    const data = { any: 'thing' }
    const { event } = await runTask(data, (on) =>
      on('task', async (server, taskId, sourceWorkerId, given) => {
        seen.push(server.role, taskId, sourceWorkerId)
        return given
      }),
    )
    assert.deepEqual(seen, ['task', 7, 3])
    assert.equal(event.returnValue, data)
  })

  it('behaviour 37: gets a task object instead with tasks.coroutine', async () => {
    const { event } = await runTask(
      'data',
      (on) => on('task', (server, task: ReceivedTask) => [server.role, task.id, task.workerId, task.data]),
      true,
    )
    assert.deepEqual(event.returnValue, ['task', 7, 3, 'data'])
  })

  for (const coroutine of [false, true]) {
    it(`makes a result by finish(), ends the task, and a second one is ignored (coroutine: ${coroutine})`, async () => {
      const { event, warnings, reachedNext } = await runTask(
        'data',
        (on) =>
          on('task', (server, task: unknown) => {
            const finisher = coroutine ? (task as ReceivedTask) : server
            finisher.finish('first')
            finisher.finish('second')
            return 'returned'
          }),
        coroutine,
      )
      assert.deepEqual([event.returnValue, warnings, reachedNext], ['first', 1, false])
    })
  }

  it('leaves the task to the listeners after it when it returns', async () => {
    const { event, reachedNext } = await runTask('data', (on) => on('task', () => null))
    assert.deepEqual([event.returnValue, reachedNext], [undefined, true])
  })

  it('is replaced by a later one, whatever the case of its name', async () => {
    const { event } = await runTask('data', (on) => {
      on('task', () => 'first')
      on('Task' as 'task', () => 'second')
    })
    assert.equal(event.returnValue, 'second')
  })

  it('fails the attempt by a throw', async () => {
    const thrown = new TypeError('no')
    const register: Register = (on) =>
      on('task', () => {
        throw thrown
      })
    await assert.rejects(runTask('data', register), thrown)
  })
})

describe("a handler of server.on('finish')", () => {
  it('behaviour 38: gets server, task id and data', async () => {
    const calls = await finishes('value')
    assert.deepEqual(
      calls.map(([server, ...others]) => [(server as Server).role, ...others]),
      [['task', 7, 'value']],
    )
  })

  it('is called for finish() without a value, which is null', async () => {
    const { event } = await runTask('data', (on) => on('task', (server) => server.finish()))
    assert.equal((await finishes(event.returnValue)).length, 1)
    assert.equal(event.returnValue, null)
  })

  it('is not called when nothing was returned, nor for a task that failed', async () => {
    assert.deepEqual([await finishes(undefined), await finishes(undefined, new Error('no'))], [[], []])
  })
})

describe('server.on()', () => {
  const WRONG: Readonly<Record<string, readonly [string, unknown, RegExp]>> = {
    'an event that has listeners in the config': ['request', () => {}, /expected "task" or "finish"/],
    'what is no function': ['task', './task.ts', /the handler is string, no function/],
  }
  for (const [what, [name, handler, message]] of Object.entries(WRONG)) {
    it(`refuses ${what}`, () => {
      const { on } = new SwooleCallbacks()
      assert.throws(() => on(name as 'task', handler as Listener), { code: 'TSRV_CALLBACK_REFUSED', message })
    })
  }

  it('refuses handlers that come after the boot', () => {
    const callbacks = new SwooleCallbacks()
    callbacks.attach(new EventDispatcher(), { coroutine: false })
    assert.throws(() => callbacks.on('task', () => {}), {
      code: 'TSRV_CALLBACK_REFUSED',
      message: /call it in a module of `boot`/,
    })
  })

  it('adds no listener when no handler has been given', () => {
    const dispatcher = new EventDispatcher()
    new SwooleCallbacks().attach(dispatcher, { coroutine: false })
    assert.deepEqual(
      [TaskEvent, TaskFinishEvent].map((type) => dispatcher.hasListeners(type)),
      [false, false],
    )
  })
})
