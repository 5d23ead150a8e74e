import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { taskInvokerListener } from '../../../../../src/tasks/task-worker/listeners/task-invoker.ts'
import { ServiceBasedTask, Task } from '../../../../../src/tasks/writing/task-objects.ts'
import { dispatchTask } from '../../task-listeners.ts'

class Mailer {
  readonly from = 'tsrv'
  async handle(to: string): Promise<string> {
    return `${this.from} to ${to}`
  }
}
const services: Record<string, unknown> = {
  double: (number: number) => number * 2,
  mailer: new Mailer(),
}
const invoke = taskInvokerListener({ has: (name) => name in services, get: (name) => services[name] })

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

  it('fails with what the task throws', async () => {
    const failing = new Task(() => {
      throw new RangeError('far')
    })
    await assert.rejects(dispatchTask(failing, invoke), { name: 'RangeError' })
  })
})
