import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { taskHandlerListener } from '../../../../src/tasks/listeners/task-handler.ts'
import { handles } from '../../../../src/tasks/task-objects.ts'
import { dispatchTask } from '../task-listeners.ts'

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

describe('the task handler', () => {
  it('gives a message and its event to the handlers of its class, in order; the first answer counts', async () => {
    const seen: unknown[] = []
    const listener = taskHandlerListener([
      handles(Resize, (message, event) => void seen.push([message.file, event.taskId])),
      handles(Resize, new Namer()),
      handles(Resize, async () => 'late'),
    ])
    const { event } = await dispatchTask(new Resize('cat'), listener)
    assert.deepEqual(seen, [['cat', 1]])
    assert.equal(event.returnValue, 'object')
    assert.equal(event.propagationStopped, true)
  })

  it('gives a message to the handlers of exactly its class, not of its base class', async () => {
    const listener = taskHandlerListener([handles(Resize, () => 'base')])
    const { event } = await dispatchTask(new ResizeTwice('cat'), listener)
    assert.deepEqual([event.returnValue, event.propagationStopped], [undefined, false])
  })

  it('leaves other data to others', async () => {
    const listener = taskHandlerListener([handles(Resize, () => 1)])
    for (const data of [null, 'text', { file: 'cat' }]) {
      assert.equal((await dispatchTask(data, listener)).event.propagationStopped, false)
    }
  })

  it('fails with what a handler throws, and runs none after it', async () => {
    let ran = false
    const listener = taskHandlerListener([
      handles(Resize, async () => Promise.reject(new Error('no'))),
      handles(Resize, () => (ran = true)),
    ])
    await assert.rejects(dispatchTask(new Resize('cat'), listener), { message: 'no' })
    assert.equal(ran, false)
  })
})
