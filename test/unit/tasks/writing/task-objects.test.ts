/** Task and ServiceBasedTask: what they take, and how they read in logs and lists. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { nameOfData } from '../../../../src/tasks/sender/task-name.ts'
import { ServiceBasedTask, Task } from '../../../../src/tasks/writing/task-objects.ts'
import { encodePayload } from '../../../../src/wire/payload.ts'
import type { Tags } from '../../../../src/wire/tags.ts'

class Mail {
  readonly to = 'ada'
}

function sendMail(to: string): string {
  return `to ${to}`
}

const exported = new Map<object, string>([
  [Task, 'tsrv:Task'],
  [sendMail, 'mail#sendMail'],
])
const tags: Tags = { tagOf: (value) => exported.get(value), exportOf: () => undefined }

describe('a Task', () => {
  it('behaviour 47: reads in logs as the name of its function and the arguments', () => {
    assert.equal(JSON.stringify(new Task(sendMail, 'ada')), '{"handler":"sendMail","arguments":["ada"]}')
    assert.equal(JSON.stringify(new Task(() => 1)), '{"handler":"(anonymous)","arguments":[]}')
    const mailer = { send: () => {} }
    class Outbox {
      static readonly queue = (): void => {}
      readonly size = 0
    }
    const toJSON = (run: () => void): string => JSON.stringify(new Task(run))
    assert.equal(toJSON(mailer.send), '{"handler":"send","arguments":[]}')
    assert.equal(toJSON(Outbox.queue), '{"handler":"queue","arguments":[]}')
  })

  it('takes nothing but a function, and says so at once', () => {
    for (const [wrong, shown] of [
      ['sendMail', "'sendMail'"],
      [undefined, 'undefined'],
      [Mail, '[class Mail]'],
      [{ run: sendMail }, '{ run: [Function: sendMail] }'],
    ] as const) {
      assert.throws(() => new Task(wrong as unknown as () => void), {
        code: 'TSRV_TASK_FUNCTION_INVALID',
        message: `new Task() takes a function exported by a file of tasks.modules, not a class; received ${shown}.`,
      })
    }
  })

  it('is refused when it is sent with a closure, with what to do', () => {
    assert.throws(() => encodePayload(new Task(() => sendMail('ada')), tags), {
      code: 'TSRV_TASK_NOT_SERIALISABLE',
      message:
        'The task data cannot travel: a function at $.run. Export it from a file matched by tasks.modules, or send plain data.',
    })
  })

  it('is called in lists what its function is called', () => {
    assert.equal(nameOfData(new Task(sendMail, 'ada'), tags), 'mail#sendMail')
    assert.equal(nameOfData(new ServiceBasedTask('mailer'), tags), 'mailer')
  })
})

describe('a ServiceBasedTask', () => {
  it('behaviour 49: reads in logs as the name of its service and the arguments', () => {
    const task = new ServiceBasedTask('mailer', 'ada', { copy: true })
    assert.equal(JSON.stringify(task), '{"handler":"mailer","arguments":["ada",{"copy":true}]}')
  })

  it('takes nothing but a name, and says so at once', () => {
    for (const wrong of [undefined, '', sendMail]) {
      assert.throws(() => new ServiceBasedTask(wrong as string), {
        code: 'TSRV_TASK_DEFINITION_INVALID',
        message:
          'The task "ServiceBasedTask" is defined with a wrong service; expected the name of a service of the container.',
      })
    }
  })
})
