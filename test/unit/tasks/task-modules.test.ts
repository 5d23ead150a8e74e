/** Tags of classes and functions, and the handlers that are found. */
import assert from 'node:assert/strict'
import path from 'node:path'
import { describe, it } from 'node:test'
import { loadTaskModules } from '../../../src/tasks/task-modules.ts'
import { ServiceBasedTask, Task } from '../../../src/tasks/task-objects.ts'
import { decodePayload, encodePayload } from '../../../src/wire/payload.ts'
import { sendMail } from '../../fixtures/task-modules/good/a-functions.ts'
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

  it('travel as themselves', async () => {
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

  it('stop the boot when two share a name', async () => {
    await assert.rejects(loadTaskModules(['duplicate/*.ts'], root), {
      code: 'TSRV_TAG_DUPLICATE',
      message: /share the name "same": duplicate\/one\.ts#One and duplicate\/two\.ts#Two/,
    })
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
    assert.deepEqual(
      handlers.map(({ handle }) => handle(new messages.Resize('cat'), undefined as never)),
      ['first cat', 'second cat'],
    )
  })
})
