import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as v from 'valibot'
import type { TaskEvent } from '../../../../../src/events/task-events.ts'
import { taskInvokerListener } from '../../../../../src/tasks/task-worker/listeners/task-invoker.ts'
import { AbstractTask } from '../../../../../src/tasks/writing/abstract-task.ts'
import { defineTask, workOf } from '../../../../../src/tasks/writing/define-task.ts'
import { ServiceBasedTask, Task } from '../../../../../src/tasks/writing/task-objects.ts'
import { dispatchTask, servicesFrom } from '../../task-listeners.ts'

class Mailer {
  readonly from = 'tsrv'
  async handle(to: string): Promise<string> {
    return `${this.from} to ${to}`
  }
}
const services = {
  double: (number: number) => number * 2,
  mailer: new Mailer(),
  Mailer,
  port: 25,
  nothing: null,
}
const invoke = taskInvokerListener(servicesFrom(services))

/** As it arrives when it was sent by name: any payload for any export. */
function byName(run: unknown, ...payload: readonly unknown[]): Task {
  const standIn: (...payload: readonly unknown[]) => void = () => {}
  return Object.assign(new Task(standIn, ...payload), { run, isUnchecked: true }) as Task
}

describe('the task invoker', () => {
  it('behaviour 46: runs the function of a Task with its payload and returns what that returns', async () => {
    const { event } = await dispatchTask(new Task(async (a: number, b: number) => a + b, 2, 3), invoke)
    assert.equal(event.returnValue, 5)
    assert.equal(event.propagationStopped, true)
  })

  it('behaviour 48: runs a service that is a function, and one with handle()', async () => {
    assert.equal((await dispatchTask(new ServiceBasedTask('double', 4), invoke)).event.returnValue, 8)
    assert.equal(
      (await dispatchTask(new ServiceBasedTask('mailer', 'ada'), invoke)).event.returnValue,
      'tsrv to ada',
    )
  })

  it('runs tasks of a class of the user, too', async () => {
    class Greeting extends Task<[string]> {}
    const { event } = await dispatchTask(new Greeting((name: string) => `hello ${name}`, 'ada'), invoke)
    assert.equal(event.returnValue, 'hello ada')
  })

  it('logs what it begins to work on', async () => {
    const { logged } = await dispatchTask(new ServiceBasedTask('double', 4), invoke)
    const [level, fields, message] = logged[0] ?? []
    assert.deepEqual([level, message], ['debug', 'Starting work on task'])
    assert.equal(JSON.stringify(fields), '{"taskId":1,"task":{"handler":"double","arguments":[4]}}')
  })

  it('behaviour 43: leaves other data to others', async () => {
    for (const data of ['text', null, { run: () => 1 }]) {
      const { event } = await dispatchTask(data, invoke)
      assert.deepEqual([event.returnValue, event.propagationStopped], [undefined, false])
    }
  })

  it('fails with the name of a service that is missing', async () => {
    await assert.rejects(dispatchTask(new ServiceBasedTask('gone'), invoke), {
      code: 'TSRV_SERVICE_MISSING',
      message: /"gone"/,
    })
  })

  for (const [service, received] of [
    ['Mailer', '[class Mailer]'],
    ['port', '25'],
    ['nothing', 'null'],
  ] as const) {
    it(`fails with what the service is when it cannot be run: ${received}`, async () => {
      await assert.rejects(dispatchTask(new ServiceBasedTask(service), invoke), {
        code: 'TSRV_TASK_SERVICE_INVALID',
        message: `ServiceBasedTask names "${service}", which is ${received}; expected a function, or an object with handle().`,
      })
    })
  }

  it('T27: checks the input of a defined task that was sent by name, and of no other again', async () => {
    const copies = v.pipe(v.string(), v.transform(Number))
    const print = defineTask({ name: 'print', input: copies, run: (number) => number + 1 })
    const run = workOf(print)
    assert.equal((await dispatchTask(byName(run, '2'), invoke)).event.returnValue, 3)
    assert.equal((await dispatchTask(print.task('2'), invoke)).event.returnValue, 3)
    await assert.rejects(dispatchTask(byName(run, 2), invoke), {
      code: 'TSRV_TASK_INPUT_INVALID',
      message: /^The input of print is invalid: \$: /,
    })
  })

  it('T27: makes a task of a task class that was asked for by name, and of no other class', async () => {
    class Print extends AbstractTask<{ copies: number }> {
      static override readonly input = v.object({ copies: v.number() })
      run({ taskId }: TaskEvent): string {
        return `${this.parameters.copies} by ${taskId}`
      }
    }
    assert.equal((await dispatchTask(byName(Print, { copies: 2 }), invoke)).event.returnValue, '2 by 1')
    await assert.rejects(dispatchTask(byName(Print, {}), invoke), { code: 'TSRV_TASK_INPUT_INVALID' })
    await assert.rejects(dispatchTask(byName(Mailer, {}), invoke), {
      code: 'TSRV_TASK_FUNCTION_INVALID',
      message: /received the class Mailer, which does not extend AbstractTask\.$/,
    })
  })

  it('fails with what the task throws', async () => {
    const failing = new Task(() => {
      throw new RangeError('far')
    })
    await assert.rejects(dispatchTask(failing, invoke), { name: 'RangeError' })
  })
})
