import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import * as v from 'valibot'
import { bindServer, type Progress } from '../../../../src/server.ts'
import { defineTask, workOf } from '../../../../src/tasks/writing/define-task.ts'
import { taskInvokerListener } from '../../../../src/tasks/task-worker/listeners/task-invoker.ts'
import { readTaskCall } from '../../../../src/tasks/sender/task-call.ts'
import { optionsOfData } from '../../../../src/tasks/writing/options-of-data.ts'
import { Task } from '../../../../src/tasks/writing/task-objects.ts'
import type { StandardSchema } from '../../../../src/util/standard-schema.ts'
import { encodePayload } from '../../../../src/wire/payload.ts'
import { NO_TAGS, type Tags } from '../../../../src/wire/tags.ts'
import { type FakeServer, fakeServer } from '../../events/fake-server.ts'
import { dispatchTask } from '../task-listeners.ts'

const sendMail = defineTask({
  name: 'send-mail',
  input: v.object({
    to: v.string(),
    list: v.array(v.object({ size: v.number() })),
    copies: v.optional(v.number(), 1),
  }),
  options: { attempts: 3, label: 'mail' },
  run: async ({ to, copies }, event) => ({ text: `${copies} to ${to}`, attempt: event.attempt }),
})
const services = { has: () => false, get: () => undefined }

let fake: FakeServer
beforeEach(() => {
  fake = fakeServer()
  bindServer({
    ...fake.server,
    taskWait: async <Result>(data: unknown, options: unknown) => ({ data, options }) as Result,
  })
})
afterEach(() => bindServer(undefined))

describe('defineTask()', () => {
  it('S11: checks the input when it is sent; the error lists every bad path, and nothing is queued', () => {
    const wrong = { list: [{ size: 1 }, { size: 'big' }] } as never
    const expected = {
      code: 'TSRV_TASK_INPUT_INVALID',
      message:
        /^The input of send-mail is invalid: \$\.to: .*; \$\.list\[1\]\.size: Invalid type: Expected number/,
    }
    assert.throws(() => sendMail.dispatch(wrong), expected)
    assert.throws(() => sendMail.submit(wrong), expected)
    assert.deepEqual(fake.tasks, [])
  })

  it('is no task itself: sent as one it says what to send', () => {
    assert.throws(() => readTaskCall({ data: sendMail, options: {}, call: 'task' }, { tags: NO_TAGS }), {
      code: 'TSRV_TASK_INPUT_INVALID',
      message:
        'The input of send-mail is invalid: there is none; call dispatch(input) of the task, or send its task(input)',
    })
  })

  it('rejects, and does not throw, when run() is given a wrong input', async () => {
    await assert.rejects(sendMail.run({} as never), { code: 'TSRV_TASK_INPUT_INVALID' })
  })

  it('sends the input as the schema made it, and runs with it and the event', async () => {
    sendMail.dispatch({ to: 'ada', list: [] })
    const [sent] = fake.tasks
    assert.ok(sent instanceof Task)
    assert.equal(
      JSON.stringify(sent),
      '{"handler":"send-mail","arguments":[{"to":"ada","list":[],"copies":1}]}',
    )
    const { event } = await dispatchTask(sent, taskInvokerListener(services))
    assert.deepEqual(event.returnValue, { text: '1 to ada', attempt: 1 })
  })

  it('makes a task that is sent later, with the input as the schema made it', () => {
    assert.deepEqual(sendMail.task({ to: 'ada', list: [] }).payload, [{ to: 'ada', list: [], copies: 1 }])
    assert.throws(() => sendMail.task({} as never), { code: 'TSRV_TASK_INPUT_INVALID' })
    assert.deepEqual(fake.tasks, [])
  })

  it('waits in run() as taskWait() does', async () => {
    const waited = (await sendMail.run({ to: 'ada', list: [] }, { timeout: 5 })) as unknown
    assert.deepEqual((waited as { options: unknown }).options, { timeout: 5 })
  })

  it('gives each of its tasks the options of the definition', () => {
    sendMail.dispatch({ to: 'ada', list: [] })
    assert.deepEqual(optionsOfData(fake.tasks[0]), { attempts: 3, label: 'mail' })
  })

  it('S12: is async when its function is: resolving is its value, rejecting its error, also with a text', async () => {
    const succeeds = defineTask({ name: 'a', run: async () => 'done' })
    const fails = defineTask({ name: 'b', run: async () => Promise.reject('because') })
    succeeds.dispatch()
    fails.dispatch()
    const [good, bad] = fake.tasks
    assert.equal((await dispatchTask(good, taskInvokerListener(services))).event.returnValue, 'done')
    await assert.rejects(dispatchTask(bad, taskInvokerListener(services)), (error) => error === 'because')
  })

  it('S26: gets at the services of the container', async () => {
    const container = { has: () => true, get: (name: string) => `the ${name}` }
    const mail = defineTask({ name: 'm', run: (_: void, __, services) => services.get('mailer') })
    mail.dispatch()
    const { event } = await dispatchTask(fake.tasks[0], taskInvokerListener(container))
    assert.equal(event.returnValue, 'the mailer')
  })

  it('is refused when no task module exports it, with its name', () => {
    sendMail.dispatch({ to: 'ada', list: [] })
    const tags: Tags = { tagOf: (value) => (value === Task ? 'task' : undefined), exportOf: () => undefined }
    assert.throws(() => encodePayload(fake.tasks[0], tags), {
      code: 'TSRV_TASK_NOT_SERIALISABLE',
      message: /the task "send-mail" at \$\.run\. Export it from a file matched by tasks\.modules/,
    })
  })

  it('says what is wrong with a definition', () => {
    const define = defineTask as (definition: object) => unknown
    const run = (): void => {}
    const faults: readonly [object, RegExp][] = [
      [{ name: '', run }, /wrong name/],
      [{ name: 'x' }, /"x" is defined with a wrong run; expected a function \(input, event, services\)/],
      [{ name: 'x', run, input: {} }, /wrong input; expected a schema with Standard Schema/],
      [{ name: 'x', run, options: { attempts: 0 } }, /attempts of defineTask\(\) is 0/],
    ]
    for (const [definition, message] of faults) assert.throws(() => define(definition), { message })
    assert.equal(workOf({ name: 'x', run }), undefined)
  })

  it('takes schemas that are functions, and refuses those that take their time', () => {
    const asynchronous: StandardSchema<string> = {
      '~standard': { version: 1, vendor: 'test', validate: async () => ({ value: '' }) },
    }
    const callable = Object.assign(() => {}, {
      '~standard': { version: 1, vendor: 'test', validate: () => ({ value: 'made' }) },
    } as StandardSchema<string>)
    assert.throws(() => defineTask({ name: 'slow', input: asynchronous, run() {} }).dispatch(''), {
      code: 'TSRV_TASK_SCHEMA_ASYNC',
    })
    defineTask({ name: 'quick', input: callable, run() {} }).dispatch('given')
    assert.deepEqual((fake.tasks[0] as Task).payload, ['made'])
  })
})

describe('the types of a defined task', () => {
  it('come from schema and function', () => {
    type Input = Parameters<typeof sendMail.dispatch>[0]
    type Result = Awaited<ReturnType<typeof sendMail.run>>
    const input: Input = { to: 'ada', list: [{ size: 1 }] }
    const result = { text: '', attempt: 1 } satisfies Result
    assert.deepEqual([input.copies, result.attempt], [undefined, 1])
    // @ts-expect-error -- `to` is a text
    assert.throws(() => sendMail.dispatch({ to: 1, list: [] }))
  })

  it('come from the function alone without a schema, and are void without an input', () => {
    const double = defineTask({ name: 'double', run: (n: number) => n * 2 })
    const ping = defineTask({ name: 'ping', run: () => 'pong' as const })
    double.dispatch(2)
    ping.dispatch()
    // @ts-expect-error -- a number is expected
    double.dispatch('2')
    // @ts-expect-error -- nothing is expected
    ping.dispatch(1)
    const result: Awaited<ReturnType<typeof ping.run>> = 'pong'
    assert.equal(result, 'pong')
  })

  it('are those of what a generator returns', () => {
    const steps = defineTask({
      name: 'steps',
      async *run(count: number): AsyncGenerator<Progress, string> {
        yield { completion: count }
        return 'done'
      },
    })
    const result: Awaited<ReturnType<typeof steps.run>> = 'a text'
    // @ts-expect-error -- it returns a text
    const wrong: typeof result = 1
    assert.deepEqual([result, wrong], ['a text', 1])
  })
})
