import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { type WorkerExit, WorkerHandle } from '../../../src/supervisor/worker-handle.ts'
import { FakeChild } from './fake-child.ts'

interface Watched {
  readonly child: FakeChild
  readonly worker: WorkerHandle
  readonly exits: WorkerExit[]
}

function watched(t: TestContext, child = new FakeChild()): Watched {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'] })
  const exits: WorkerExit[] = []
  const place = { role: 'http-worker', slot: 3, generation: 1 } as const
  const events = {
    onReady: () => {},
    onMessage: () => {},
    onExit: (_: WorkerHandle, exit: WorkerExit) => exits.push(exit),
  }
  return { child, worker: new WorkerHandle(child.process, place, Date.now, events), exits }
}

describe('a child seen from the supervisor', () => {
  it('tells how long it was ready', (t) => {
    const { child, exits } = watched(t)
    t.mock.timers.tick(500)
    child.ready()
    t.mock.timers.tick(1200)
    child.exit(1)
    assert.deepEqual(exits, [
      {
        code: 1,
        signal: null,
        bootError: undefined,
        lastWords: undefined,
        wasAsked: false,
        readyFor: 1200,
      },
    ])
  })

  it('was ready for no time when its boot failed, and tells why', (t) => {
    const { child, exits } = watched(t)
    child.failsBoot(new Error('no database'))
    assert.deepEqual([exits[0]?.readyFor, exits[0]?.bootError?.message], [0, 'no database'])
  })

  it('is killed when it does not leave after its drain', async (t) => {
    const { child, worker, exits } = watched(t)
    child.ready()
    worker.drain(1000, 50)
    assert.deepEqual(child.sent, [{ type: 'drain', within: 1000, idleGrace: 50, isStop: false, last: false }])
    t.mock.timers.tick(2999)
    assert.deepEqual(child.killed, [])
    t.mock.timers.tick(1)
    assert.deepEqual([child.killed, worker.state], [['SIGKILL'], 'stopping'])
    await Promise.resolve()
    assert.deepEqual([exits[0]?.signal, exits[0]?.wasAsked], ['SIGKILL', true])
  })

  it('is not killed when it has left in time', (t) => {
    const { child, worker } = watched(t)
    child.ready()
    worker.drain(1000, 0)
    child.exit(0)
    t.mock.timers.tick(10_000)
    assert.deepEqual(child.killed, [])
  })

  it('gets a drain of 24 days without being killed at once', (t) => {
    const { child, worker } = watched(t)
    child.ready()
    worker.drain(2 ** 31 - 1, 0)
    t.mock.timers.tick(1000)
    assert.deepEqual(child.killed, [])
  })

  it('drains once only', (t) => {
    const { child, worker } = watched(t)
    child.ready()
    worker.drain(1000, 0)
    worker.drain(1000, 0)
    assert.deepEqual(child.orders, ['drain'])
  })

  it('cannot become ready again after it was told to end', (t) => {
    const { child, worker } = watched(t)
    child.isKillable = false
    worker.kill()
    child.ready()
    assert.equal(worker.state, 'stopping')
  })

  it('gets no messages once its line is gone', (t) => {
    const { child, worker } = watched(t)
    child.connected = false
    worker.send({ type: 'stats?' })
    assert.deepEqual(child.sent, [])
  })

  it('ends once, also when it never began', (t) => {
    const { child, exits } = watched(t, new FakeChild(false))
    child.emit('error', new Error('spawn EAGAIN'))
    child.exit(-11)
    assert.deepEqual(
      exits.map(({ bootError }) => bootError?.message),
      ['spawn EAGAIN'],
    )
  })

  it('does not take a failed signal for the reason of its later end', (t) => {
    const { child, exits } = watched(t)
    child.ready()
    child.emit('error', new Error('kill EPERM'))
    child.exit(2)
    assert.deepEqual(
      exits.map(({ code, bootError }) => [code, bootError]),
      [[2, undefined]],
    )
  })
})
