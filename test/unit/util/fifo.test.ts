import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { Fifo } from '../../../src/util/fifo.ts'

const step = fc.oneof(
  fc.record({ does: fc.constant('push' as const), times: fc.integer({ min: 1, max: 1500 }) }),
  fc.record({ does: fc.constant('unshift' as const), times: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ does: fc.constant('shift' as const), times: fc.integer({ min: 1, max: 1500 }) }),
)

describe('the first-in-first-out list', () => {
  it('does what a plain array does', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
        const fifo = new Fifo<number>()
        const model: number[] = []
        let next = 0
        for (const { does, times } of steps) {
          for (let time = 0; time < times; time++) {
            if (does === 'shift') assert.equal(fifo.shift(), model.shift())
            else {
              fifo[does](next)
              model[does](next++)
            }
          }
          assert.equal(fifo.size, model.length)
        }
        while (model.length > 0) assert.equal(fifo.shift(), model.shift())
        assert.equal(fifo.shift(), undefined)
      }),
    )
  })

  it('takes as long for the millionth item as for the first', () => {
    const fifo = new Fifo<number>()
    for (let item = 0; item < 1_000_000; item++) fifo.push(item)
    const startedAt = performance.now()
    for (let item = 0; item < 1_000_000; item++) fifo.shift()
    // With Array#shift this takes minutes.
    assert.ok(performance.now() - startedAt < 2000)
  })
})
