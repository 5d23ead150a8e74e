import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { taskHandlerListener } from '../../../../../src/tasks/task-worker/listeners/task-handler.ts'
import type { TaskEvent } from '../../../../../src/events/task-events.ts'
import type { ServiceLookup } from '../../../../../src/server.ts'
import {
  handles,
  type HandlerDefinition,
  type ServerTaskHandler,
} from '../../../../../src/tasks/writing/message-handlers.ts'
import { dispatchTask } from '../../task-listeners.ts'

class Resize {
  readonly file: string
  constructor(file: string) {
    this.file = file
  }
}
class Namer {
  readonly word = 'object'
  handle(): string {
    return this.word
  }
}
class ResizeTwice extends Resize {}

const services = { has: () => true, get: (name: string) => `the ${name}` }
const listenerOf = (handlers: readonly HandlerDefinition[]) => taskHandlerListener(handlers, services)

describe('the task handler', () => {
  it('R4: gives a message and its event to the handlers of its class, in order; the first answer counts', async () => {
    const seen: unknown[] = []
    const listener = listenerOf([
      handles(Resize, (message, event) => void seen.push([message.file, event.taskId])),
      handles(Resize, new Namer()),
      handles(Resize, async () => 'late'),
    ])
    const { event } = await dispatchTask(new Resize('cat'), listener)
    assert.deepEqual(seen, [['cat', 1]])
    assert.equal(event.returnValue, 'object')
    assert.equal(event.propagationStopped, true)
  })

  it('R4: gives a message to the handlers of exactly its class, not of its base class', async () => {
    const listener = listenerOf([handles(Resize, () => 'base')])
    const { event } = await dispatchTask(new ResizeTwice('cat'), listener)
    assert.deepEqual([event.returnValue, event.propagationStopped], [undefined, false])
  })

  it('R5: takes an object with handleServerTask(), which keeps its this', async () => {
    class Counter implements ServerTaskHandler<Resize> {
      count = 0
      async handleServerTask(message: Resize, { taskId }: TaskEvent): Promise<string> {
        return `${message.file} ${taskId} ${++this.count}`
      }
    }
    const listener = listenerOf([handles(Resize, new Counter())])
    await dispatchTask(new Resize('cat'), listener)
    assert.equal((await dispatchTask(new Resize('cat'), listener)).event.returnValue, 'cat 1 2')
  })

  it('R6, R12, S26: gives every kind of handler the services of the container', async () => {
    const ask = (_: Resize, __: TaskEvent, container: ServiceLookup): unknown => container.get('mailer')
    for (const handler of [ask, { handle: ask }, { handleServerTask: ask }]) {
      const { event } = await dispatchTask(new Resize('cat'), listenerOf([handles(Resize, handler)]))
      assert.equal(event.returnValue, 'the mailer')
    }
  })

  it('R5: is declared with a class, and a function or an object that can handle it', () => {
    const wrong = 'is defined with a wrong'
    for (const [type, handler, message] of [
      [
        'Resize',
        () => 1,
        `The task "Resize" ${wrong} class; expected a class, the one whose messages it handles.`,
      ],
      [
        Resize,
        {},
        /"Resize" is defined with a wrong handler; expected a function, or an object with handleServ/,
      ],
      [Resize, undefined, /wrong handler/],
      [Resize, Resize, /wrong handler/],
    ] as const) {
      assert.throws(() => handles(type as typeof Resize, handler as () => void), {
        code: 'TSRV_TASK_DEFINITION_INVALID',
        message,
      })
    }
  })

  it('R17: runs a generator to its end before the next handler', async () => {
    const ran: string[] = []
    const listener = listenerOf([
      handles(Resize, async function* () {
        yield { completion: 1 }
        ran.push('first')
        return 'value'
      }),
      handles(Resize, () => void ran.push('second')),
    ])
    assert.equal((await dispatchTask(new Resize('cat'), listener)).event.returnValue, 'value')
    assert.deepEqual(ran, ['first', 'second'])
  })

  it('runs no handler after one that ends the chain', async () => {
    let ran = false
    const listener = listenerOf([
      handles(Resize, (_, event) => event.finish('decided')),
      handles(Resize, () => (ran = true)),
    ])
    assert.equal((await dispatchTask(new Resize('cat'), listener)).event.returnValue, 'decided')
    assert.equal(ran, false)
  })

  it('leaves other data to others', async () => {
    const listener = listenerOf([handles(Resize, () => 1)])
    for (const data of [null, 'text', { file: 'cat' }]) {
      assert.equal((await dispatchTask(data, listener)).event.propagationStopped, false)
    }
  })

  it('fails with what a handler throws, and runs none after it', async () => {
    let ran = false
    const listener = listenerOf([
      handles(Resize, async () => Promise.reject(new Error('no'))),
      handles(Resize, () => (ran = true)),
    ])
    await assert.rejects(dispatchTask(new Resize('cat'), listener), { message: 'no' })
    assert.equal(ran, false)
  })
})
