/** Tags of classes and functions, and the handlers that are found. */
import assert from 'node:assert/strict'
import path from 'node:path'
import { describe, it } from 'node:test'
import { workOf } from '../../../src/tasks/writing/define-task.ts'
import type { HandlerDefinition } from '../../../src/tasks/writing/message-handlers.ts'
import { loadTaskModules } from '../../../src/tasks/task-modules.ts'
import { nameOfData } from '../../../src/tasks/sender/task-name.ts'
import { ServiceBasedTask, Task } from '../../../src/tasks/writing/task-objects.ts'
import { decodePayload, encodePayload } from '../../../src/wire/payload.ts'
import { sendMail } from '../../fixtures/task-modules/good/a-functions.ts'
import * as mail from '../../fixtures/task-modules/definitions/mail.ts'
import * as messages from '../../fixtures/task-modules/good/b-messages.ts'

const root = path.join(import.meta.dirname, '../../fixtures/task-modules')
const good = (): ReturnType<typeof loadTaskModules> => loadTaskModules(['good/*.ts'], root)

describe('the exports of tasks.modules', () => {
  it('are tagged by path and name, without the extension', async () => {
    const { tags } = await good()
    assert.equal(tags.tagOf(sendMail), 'good/a-functions#sendMail')
    assert.equal(tags.exportOf('good/a-functions#sendMail'), sendMail)
    assert.equal(typeof tags.exportOf('good/a-functions#default'), 'function')
    assert.equal(tags.exportOf('good/a-functions#nope'), undefined)
  })

  it('are tagged by their own static taskName, which subclasses do not share', async () => {
    const { tags } = await good()
    assert.equal(tags.tagOf(messages.Resize), 'resize')
    assert.equal(tags.tagOf(messages.ResizeTwice), 'good/b-messages#ResizeTwice')
  })

  it('may be exported again by another file', async () => {
    const { tags } = await good()
    assert.equal(tags.exportOf('resize'), messages.Resize)
  })

  it('R3: travel as themselves', async () => {
    const { tags } = await good()
    const sent = new Task(sendMail, 'ada')
    const arrived = decodePayload(encodePayload(sent, tags), tags) as Task
    assert.ok(arrived instanceof Task)
    assert.equal(arrived.run, sendMail)
    assert.deepEqual(arrived.payload, ['ada'])
    const message = decodePayload(encodePayload(new messages.ResizeTwice('cat'), tags), tags)
    assert.ok(message instanceof messages.ResizeTwice)
  })

  it('are joined by the classes of tsrv itself', async () => {
    const { tags } = await loadTaskModules([], root)
    assert.equal(tags.tagOf(Task), 'tsrv:Task')
    assert.equal(tags.tagOf(ServiceBasedTask), 'tsrv:ServiceBasedTask')
  })

  it('R3: are joined by the classes of handlers, so that any object with a handler can be sent', async () => {
    const { tags } = await loadTaskModules(['definitions/*.ts'], root)
    const sent = mail.welcome('ada')
    assert.equal(tags.tagOf(sent.constructor), 'definitions/mail#Welcome')
    assert.deepEqual(decodePayload(encodePayload(sent, tags), tags), sent)
  })

  it('R3: cannot be told from data that cannot travel but by their path', async () => {
    const { tags } = await good()
    assert.throws(() => encodePayload({ a: { b: () => {} } }, tags), {
      code: 'TSRV_TASK_NOT_SERIALISABLE',
      message: /a function at \$\.a\.b\./,
    })
  })

  it('may be defined tasks, which travel by their name', async () => {
    const { tags } = await loadTaskModules(['definitions/*.ts'], root)
    const work = workOf(mail.sendMail)
    assert.ok(work !== undefined)
    assert.equal(tags.exportOf('send-mail'), work)
    const task = new Task(work as unknown as () => void)
    assert.equal(nameOfData(task, tags), 'send-mail')
  })

  it('stop the boot when two share a name', async () => {
    await assert.rejects(loadTaskModules(['duplicate/*.ts'], root), {
      code: 'TSRV_TAG_DUPLICATE',
      message: /share the name "same": duplicate\/one\.ts#One and duplicate\/two\.ts#Two/,
    })
  })

  it('stop the boot when a path leads nowhere; a pattern may match nothing yet', async () => {
    await assert.rejects(loadTaskModules(['good/*.ts', './gone.ts'], root), {
      code: 'TSRV_MODULE_FAILED',
      message: `Cannot load ./gone.ts (tasks.modules): there is no file ${path.join(root, 'gone.ts')}`,
    })
    assert.deepEqual((await loadTaskModules(['gone/*.ts'], root)).handlers, [])
  })

  it('stop the boot when their file does not load', async () => {
    await assert.rejects(loadTaskModules(['../broken/load/throws.ts'], root), {
      code: 'TSRV_MODULE_FAILED',
      message: /throws\.ts \(tasks\.modules\)/,
    })
  })
})

describe('handlers', () => {
  it('are found once each, in the order of files and names', async () => {
    const { handlers } = await good()
    assert.deepEqual(answersOf(handlers), ['first cat', 'second cat'])
  })

  it('R6: of tasks.handlers come after them, and their files lend no names', async () => {
    const { handlers, tags } = await loadTaskModules(['good/*.ts'], root, ['heavy/*.ts'])
    assert.deepEqual(answersOf(handlers), ['first cat', 'second cat', 'heavy cat'])
    assert.equal(tags.exportOf('heavy/handlers#render'), undefined)
  })

  it('R4: stand in the order of the globs in the config', async () => {
    const modules = ['heavy/*.ts', 'good/*.ts']
    const { handlers } = await loadTaskModules(modules, root)
    assert.deepEqual(answersOf(handlers), ['heavy cat', 'first cat', 'second cat'])
  })

  it('of tasks.handlers stop the boot when no process could send their messages', async () => {
    await assert.rejects(loadTaskModules([], root, ['unreachable/*.ts']), {
      code: 'TSRV_HANDLER_UNREACHABLE',
      message:
        /^The handler "waits" in unreachable\/handlers\.ts waits for Unknown, which no file of tasks\.modules/,
    })
  })
})

function answersOf(handlers: readonly HandlerDefinition[]): unknown[] {
  return handlers.map(({ handle }) =>
    handle(new messages.Resize('cat'), undefined as never, undefined as never),
  )
}
