import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { Heap, type HeapNode } from '../../../src/util/heap.ts'

const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('push' as const), rank: fc.nat(5) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('shift' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('remove' as const), which: fc.nat(100) }) },
)

describe('a heap', () => {
  it('gives and loses items like a sorted list', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200, size: 'max' }), (steps) => {
        const heap = new Heap<number>()
        const nodes: HeapNode<number>[] = []
        let model: HeapNode<number>[] = []
        for (const [turn, step] of steps.entries()) {
          if (step.do === 'push') {
            const node = heap.push(turn, step.rank, turn)
            nodes.push(node)
            model.push(node)
            model.sort((one, other) => one.rank - other.rank || one.turn - other.turn)
          } else if (step.do === 'shift') {
            assert.equal(heap.shift(), model.shift()?.item)
          } else {
            // Also nodes that are out already.
            const node = nodes[step.which % Math.max(nodes.length, 1)]
            if (node !== undefined) heap.remove(node)
            model = model.filter((one) => one !== node)
          }
          assert.equal(heap.size, model.length)
          assert.equal(heap.first, model[0])
        }
      }),
    )
  })
})
