import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'node:test'
import { bindServer, type TaskOptions } from '../../../../src/server.ts'
import { bus } from '../../../../src/tasks/writing/message-bus.ts'
import { fakeServer } from '../../events/fake-server.ts'

class MyTask {
  readonly name: string
  constructor(name: string) {
    this.name = name
  }
}

afterEach(() => bindServer(undefined))

describe('bus.dispatch()', () => {
  it('R1: sends the message and returns an envelope with the id of its task', () => {
    const { server, tasks, logged } = fakeServer()
    const asked: unknown[] = []
    bindServer({
      ...server,
      task: (data, options?: TaskOptions) => asked.push(options) && tasks.push(data) && 42,
    })
    const message = new MyTask('world')
    assert.deepEqual(bus.dispatch(message), { message, stamps: [], taskId: 42 })
    assert.deepEqual(tasks, [message])
    assert.deepEqual(logged, [['debug', { taskId: 42, message: 'MyTask' }, 'Message dispatched']])
    const { stamps } = bus.dispatch(message, { stamps: ['mine'], delay: '1h' })
    assert.deepEqual(stamps, ['mine'])
    assert.deepEqual(asked, [{}, { delay: '1h' }])
  })

  it('R2: goes to the one server of its process, and is never silent when there is none', () => {
    const [first, second] = [fakeServer(), fakeServer()]
    bindServer(first.server)
    bus.dispatch(new MyTask('one'))
    bindServer(second.server)
    bus.dispatch(new MyTask('two'))
    assert.deepEqual([first.tasks.length, second.tasks.length], [1, 1])
    bindServer(undefined)
    assert.throws(() => bus.dispatch(new MyTask('three')), { code: 'TSRV_NOT_RUNNING' })
  })
})
