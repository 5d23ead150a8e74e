/** What every Broker must do, wherever it keeps the tasks. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import type { Broker } from '../../src/tasks/broker.ts'
import type { StoredTask } from '../../src/tasks/task.ts'

function task(id: number): StoredTask {
  const data = new Uint8Array([id % 256])
  return { id, data, workerId: 1, sender: 'http:1', client: 'c', watched: false, attempt: 1, crashes: 0 }
}

export function brokerContract(name: string, open: () => Broker): void {
  describe(`the ${name} broker`, () => {
    it('gives tasks in the order they came, as they came', () => {
      const broker = open()
      const sent = [3, 1, 2].map(task)
      for (const one of sent) broker.push(one)
      assert.deepEqual([broker.take(), broker.take(), broker.take(), broker.take()], [...sent, undefined])
    })

    it('gives a task that was put back before all others', () => {
      const broker = open()
      broker.push(task(1))
      broker.push(task(2))
      const first = broker.take()
      assert.ok(first !== undefined)
      broker.putBack({ ...first, attempt: 2, crashes: 1 })
      assert.deepEqual([broker.take()?.attempt, broker.take()?.id], [2, 2])
    })

    it('does not give a task that was removed', () => {
      const broker = open()
      for (const id of [1, 2, 3]) broker.push(task(id))
      assert.equal(broker.remove(2)?.id, 2)
      assert.equal(broker.remove(2), undefined)
      assert.equal(broker.has(2), false)
      assert.deepEqual([broker.take()?.id, broker.take()?.id, broker.take()], [1, 3, undefined])
    })

    it('does not remove a task that it gave away', () => {
      const broker = open()
      broker.push(task(1))
      broker.take()
      assert.equal(broker.remove(1), undefined)
    })

    it('keeps size, membership and order like a plain list', () => {
      const steps = fc.array(
        fc.oneof(
          { weight: 3, arbitrary: fc.record({ does: fc.constantFrom('push' as const), id: fc.nat(30) }) },
          {
            weight: 2,
            arbitrary: fc.record({
              does: fc.constantFrom('take' as const, 'remove' as const),
              id: fc.nat(30),
            }),
          },
          fc.record({ does: fc.constant('putBack' as const), id: fc.nat(30) }),
        ),
        { maxLength: 80 },
      )
      fc.assert(
        fc.property(steps, (steps) => {
          const broker = open()
          let model: number[] = []
          for (const { does, id } of steps) {
            if (does === 'take') assert.equal(broker.take()?.id, model.shift())
            else if (does === 'remove') {
              assert.equal(broker.remove(id)?.id, model.includes(id) ? id : undefined)
              model = model.filter((one) => one !== id)
            } else if (!model.includes(id)) {
              broker[does](task(id))
              if (does === 'push') model.push(id)
              else model.unshift(id)
            }
            assert.equal(broker.size, model.length)
            for (let one = 0; one <= 30; one++) assert.equal(broker.has(one), model.includes(one))
          }
        }),
      )
    })
  })
}
