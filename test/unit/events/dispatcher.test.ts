/** Order, stopping and isolation of listeners. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { EventDispatcher, type Listener } from '../../../src/events/dispatcher.ts'

class Happened {
  propagationStopped = false
}
class HappenedHere extends Happened {}
class Other {
  readonly other = true
}

function recorder(): {
  heard: string[]
  says: (name: string, act?: Listener<Happened>) => Listener<Happened>
} {
  const heard: string[] = []
  const says =
    (name: string, act: Listener<Happened> = () => {}): Listener<Happened> =>
    (event) => {
      heard.push(name)
      return act(event)
    }
  return { heard, says }
}

describe('the dispatcher', () => {
  it('calls all listeners in the order they were added and returns the same event', async () => {
    const dispatcher = new EventDispatcher()
    const { heard, says } = recorder()
    for (const name of ['1', '2', '3', '4', '5']) dispatcher.on(Happened, says(name))
    const event = new Happened()
    assert.equal(await dispatcher.dispatch(event), event)
    assert.deepEqual(heard, ['1', '2', '3', '4', '5'])
  })

  it('awaits each listener before the next', async () => {
    const dispatcher = new EventDispatcher()
    const { heard, says } = recorder()
    const slow = async (): Promise<void> => {
      await new Promise((resolve) => setImmediate(resolve))
      heard.push('slow is done')
    }
    dispatcher.on(Happened, says('slow', slow))
    dispatcher.on(Happened, says('fast'))
    await dispatcher.dispatch(new Happened())
    assert.deepEqual(heard, ['slow', 'slow is done', 'fast'])
  })

  it('gives an event that is already stopped to nobody', async () => {
    const dispatcher = new EventDispatcher()
    const { heard, says } = recorder()
    dispatcher.on(Happened, says('1'))
    await dispatcher.dispatch(Object.assign(new Happened(), { propagationStopped: true }))
    assert.deepEqual(heard, [])
  })

  it('does not call the fifth listener when the fourth stops the event', async () => {
    const dispatcher = new EventDispatcher()
    const { heard, says } = recorder()
    for (const name of ['1', '2', '3']) dispatcher.on(Happened, says(name))
    dispatcher.on(
      Happened,
      says('4', (event) => (event.propagationStopped = true)),
    )
    dispatcher.on(Happened, says('5'))
    await dispatcher.dispatch(new Happened())
    assert.deepEqual(heard, ['1', '2', '3', '4'])
  })

  it('does not call a listener of one event for another', async () => {
    const dispatcher = new EventDispatcher()
    const { heard, says } = recorder()
    dispatcher.on(Happened, says('1'))
    await dispatcher.dispatch(new Other())
    assert.deepEqual(heard, [])
    assert.equal(dispatcher.hasListeners(Other), false)
    assert.equal(dispatcher.hasListeners(Happened), true)
  })

  it('calls a listener once that was added twice', async () => {
    const dispatcher = new EventDispatcher()
    const { heard, says } = recorder()
    const listener = says('1')
    dispatcher.on(Happened, listener)
    dispatcher.on(Happened, listener)
    dispatcher.on(HappenedHere, listener)
    await dispatcher.dispatch(new HappenedHere())
    assert.deepEqual(heard, ['1'])
  })

  it('gives events of a subclass to listeners of its base class, not the other way round', async () => {
    const dispatcher = new EventDispatcher()
    const { heard, says } = recorder()
    dispatcher.on(HappenedHere, says('here'))
    dispatcher.on(Happened, says('anywhere'))
    await dispatcher.dispatch(new HappenedHere())
    assert.deepEqual(heard, ['here', 'anywhere'])
    await dispatcher.dispatch(new Happened())
    assert.deepEqual(heard, ['here', 'anywhere', 'anywhere'])
  })

  it('calls a listener that was added after the first dispatch', async () => {
    const dispatcher = new EventDispatcher()
    const { heard, says } = recorder()
    await dispatcher.dispatch(new Happened())
    dispatcher.on(Happened, says('late'))
    await dispatcher.dispatch(new Happened())
    assert.deepEqual(heard, ['late'])
  })

  it('shows what each listener returned, awaited', async () => {
    const dispatcher = new EventDispatcher()
    const returned: unknown[] = []
    dispatcher.on(Happened, () => 1)
    dispatcher.on(Happened, async () => 2)
    await dispatcher.dispatch(new Happened(), { onReturn: (value) => returned.push(value) })
    assert.deepEqual(returned, [1, 2])
  })

  it('ends with the throw of a listener', async () => {
    const dispatcher = new EventDispatcher()
    const { heard, says } = recorder()
    dispatcher.on(Happened, async () => Promise.reject(new Error('no')))
    dispatcher.on(Happened, says('2'))
    await assert.rejects(dispatcher.dispatch(new Happened()), { message: 'no' })
    assert.deepEqual(heard, [])
  })

  it('reports throws and runs the rest when it is told what to do with them', async () => {
    const dispatcher = new EventDispatcher()
    const { heard, says } = recorder()
    const errors: unknown[] = []
    dispatcher.on(Happened, () => {
      throw new Error('sync')
    })
    dispatcher.on(Happened, async () => Promise.reject(new Error('async')))
    dispatcher.on(Happened, says('3'))
    await dispatcher.dispatch(new Happened(), { onError: (error) => errors.push((error as Error).message) })
    assert.deepEqual(errors, ['sync', 'async'])
    assert.deepEqual(heard, ['3'])
  })
})

describe('R18: events of the user', () => {
  it('are collected: all listeners are called at once, and what they return comes in their order', async () => {
    const dispatcher = new EventDispatcher()
    const order: string[] = []
    const second = Promise.withResolvers<void>()
    dispatcher.on(Happened, async () => {
      order.push('called 1')
      await second.promise
      return 1
    })
    dispatcher.on(Happened, (event) => {
      event.propagationStopped = true
      order.push('called 2')
      second.resolve()
      return 2
    })
    assert.deepEqual(await dispatcher.collect<number>(new Happened()), [1, 2])
    assert.deepEqual(order, ['called 1', 'called 2'])
  })

  it('are not collected when they have been stopped already', async () => {
    const dispatcher = new EventDispatcher()
    dispatcher.on(Happened, () => assert.fail())
    const event = new Happened()
    event.propagationStopped = true
    assert.deepEqual(await dispatcher.collect(event), [])
  })

  it('reject when all listeners are done: with the one error, or with all of them in one', async () => {
    const dispatcher = new EventDispatcher()
    const { heard, says } = recorder()
    const [first, second] = [new TypeError('first'), new RangeError('second')]
    dispatcher.on(Happened, () => {
      throw first
    })
    dispatcher.on(
      Happened,
      says('last', () => new Promise((resolve) => setImmediate(resolve))),
    )
    await assert.rejects(dispatcher.collect(new Happened()), first)
    assert.deepEqual(heard, ['last'])
    dispatcher.on(Happened, async () => Promise.reject(second))
    await assert.rejects(dispatcher.collect(new Happened()), (error: Error) => {
      assert.equal(error.message, '2 listeners of Happened threw: first; second')
      assert.deepEqual((error.cause as AggregateError).errors, [first, second])
      return true
    })
  })

  it('may have objects with handle() as listeners, each counted once', async () => {
    const dispatcher = new EventDispatcher()
    const listener = {
      heard: 0,
      handle(_event: Happened): void {
        this.heard++
      },
    }
    dispatcher.on(Happened, listener)
    dispatcher.on(Happened, listener)
    await dispatcher.dispatch(new Happened())
    assert.equal(listener.heard, 1)
  })

  it('have no listeners when they are of no class', async () => {
    const dispatcher = new EventDispatcher()
    dispatcher.on(Object, () => assert.fail())
    const event = Object.create(null) as object
    assert.equal(await dispatcher.dispatch(event), event)
  })
})
