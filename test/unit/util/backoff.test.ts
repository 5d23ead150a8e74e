import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { backoff } from '../../../src/util/backoff.ts'

describe('backoff', () => {
  it('starts with the first pause and doubles it', () => {
    const limits = { first: 5, longest: 250 }
    assert.deepEqual(
      [1, 2, 3, 4, 5, 6, 7, 8].map((failures) => backoff(failures, limits)),
      [5, 10, 20, 40, 80, 160, 250, 250],
    )
  })

  it('never shrinks and never exceeds the longest pause, after however many failures', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1 }),
        fc.integer({ min: 1, max: 1000 }),
        fc.nat(100_000),
        (failures, first, more) => {
          const limits = { first, longest: first + more }
          assert.ok(backoff(failures, limits) <= backoff(failures + 1, limits))
          assert.ok(backoff(failures + 1, limits) <= limits.longest)
        },
      ),
    )
  })
})
