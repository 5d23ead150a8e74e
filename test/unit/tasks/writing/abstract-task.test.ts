import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as v from 'valibot'
import type { TaskEvent } from '../../../../src/events/task-events.ts'
import { AbstractTask } from '../../../../src/tasks/writing/abstract-task.ts'
import { taskInvokerListener } from '../../../../src/tasks/task-worker/listeners/task-invoker.ts'
import { optionsOfData } from '../../../../src/tasks/writing/options-of-data.ts'
import { readTaskCall } from '../../../../src/tasks/sender/task-call.ts'
import { decodePayload, encodePayload } from '../../../../src/wire/payload.ts'
import type { Tags } from '../../../../src/wire/tags.ts'
import { dispatchTask } from '../task-listeners.ts'

const Input = v.object({ to: v.pipe(v.string(), v.email('no address')), copies: v.optional(v.number(), 1) })

class SendMail extends AbstractTask<v.InferOutput<typeof Input>, v.InferInput<typeof Input>> {
  static override readonly input = Input
  run(event: TaskEvent): unknown {
    return { to: this.parameters.to, isOwnTask: event.data === this, role: event.server.role }
  }
}

class Anything extends AbstractTask {
  async run(_: TaskEvent, services: { get(name: string): unknown }): Promise<unknown> {
    return services.get('mailer')
  }
}

const tags: Tags = {
  tagOf: (type) => (type === SendMail ? 'send-mail' : undefined),
  exportOf: (tag) => (tag === 'send-mail' ? SendMail : undefined),
}
const services = { has: () => true, get: (name: string) => `the ${name}` }

describe('a task class', () => {
  it('S11: checks its options when it is made; the error lists every bad path', () => {
    assert.throws(() => new SendMail({ to: 'ada', copies: 'two' as unknown as number }), {
      code: 'TSRV_TASK_INPUT_INVALID',
      message:
        'The input of SendMail is invalid: $.to: no address; $.copies: Invalid type: Expected number but received "two"',
    })
    assert.deepEqual(new SendMail({ to: 'ada@example.com' }).parameters, {
      to: 'ada@example.com',
      copies: 1,
    })
  })

  it('T13: has parameters, metadata, label and owner, and takes them with it when it travels', async () => {
    const sent = new SendMail(
      { to: 'ada@example.com' },
      { label: 'welcome', owner: 'ada', metadata: { campaign: 7 } },
    )
    const arrived = decodePayload(encodePayload(sent, tags), tags)
    assert.ok(arrived instanceof SendMail)
    assert.deepEqual(arrived, sent)
    assert.deepEqual(optionsOfData(sent), { label: 'welcome', owner: 'ada' })
    assert.deepEqual(optionsOfData(new SendMail({ to: 'ada@example.com' })), {})
  })

  it('S3: says how its tasks run, once for all of them; a call may want it otherwise', () => {
    class Encode extends AbstractTask {
      static override readonly options = { mode: 'exclusive', attempts: 2, label: 'encode' } as const
      run(): void {}
    }
    const task = new Encode({}, { label: 'a film' })
    assert.deepEqual(optionsOfData(task), { mode: 'exclusive', attempts: 2, label: 'a film' })
    const terms = { tags: { tagOf: () => 'encode', exportOf: () => Encode } }
    const { wishes } = readTaskCall({ data: task, options: { attempts: 1 }, call: 'task' }, terms)
    assert.deepEqual(wishes, { mode: 'exclusive', attempts: 1, label: 'a film' })
  })

  it('T19: has the category of its class, a subclass that of its base class', () => {
    class Export extends AbstractTask {
      static override readonly options = { category: 'export' } as const
      run(): void {}
    }
    class PdfExport extends Export {}
    for (const task of [new Export({}), new PdfExport({})]) {
      assert.deepEqual(optionsOfData(task), { category: 'export' })
    }
  })

  it('T13: takes nothing but an object as its parameters', () => {
    for (const wrong of ['text', null, undefined, ['a']]) {
      assert.throws(() => new Anything(wrong as never), {
        message: 'The input of Anything is invalid: $: expected an object of parameters',
      })
    }
  })

  it('needs a method run(), and says so at once', () => {
    class Nothing extends (AbstractTask as unknown as new (parameters: object) => object) {}
    class Field extends AbstractTask {
      override run = (): void => {}
    }
    for (const type of [Nothing, Field]) {
      assert.throws(() => new type({}), {
        code: 'TSRV_TASK_DEFINITION_INVALID',
        message: `The task "${type.name}" is defined with a wrong run; expected a method run(event, services).`,
      })
    }
  })

  it('T14: knows in run() which task it is', async () => {
    const { event } = await dispatchTask(new SendMail({ to: 'a@b.cd' }), taskInvokerListener(services))
    assert.deepEqual(event.returnValue, { to: 'a@b.cd', isOwnTask: true, role: 'task' })
    assert.equal(event.propagationStopped, true)
  })

  it('S26: gets at the services of the container', async () => {
    const { event } = await dispatchTask(new Anything({ any: 'thing' }), taskInvokerListener(services))
    assert.equal(event.returnValue, 'the mailer')
  })

  it('reads in logs as its class and what it was given', () => {
    assert.equal(JSON.stringify(new Anything({ a: 1 })), '{"handler":"Anything","parameters":{"a":1}}')
    assert.equal(
      JSON.stringify(new Anything({}, { label: 'x', owner: 'ada', metadata: { n: 1 } })),
      '{"handler":"Anything","parameters":{},"label":"x","owner":"ada","metadata":{"n":1}}',
    )
  })

  it('has typed parameters', () => {
    // @ts-expect-error -- `to` is missing
    assert.throws(() => new SendMail({}))
    const { copies } = new SendMail({ to: 'ada@example.com' }).parameters
    assert.equal(copies satisfies number, 1)
  })
})
