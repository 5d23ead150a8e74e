/** Durations are read by unit, and what no timer can wait is refused. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { LONGEST_DURATION, parseDuration } from '../../../src/util/duration.ts'

describe('parseDuration', () => {
  for (const [written, milliseconds] of [
    ['500ms', 500],
    ['5s', 5000],
    ['2m', 120_000],
    ['1h', 3_600_000],
    ['1.5s', 1500],
    ['250', 250],
    [' 5s ', 5000],
    [0, 0],
    [1234, 1234],
  ] as const) {
    it(`reads ${JSON.stringify(written)} as ${milliseconds} ms`, () => {
      assert.equal(parseDuration(written), milliseconds)
    })
  }

  for (const refused of [
    '',
    '5 parsecs',
    '5d',
    '-1s',
    's',
    '1e3',
    -1,
    NaN,
    Infinity,
    null,
    true,
    LONGEST_DURATION + 1,
    '25h9999m99999h',
  ]) {
    it(`refuses ${JSON.stringify(refused)}`, () => {
      assert.equal(parseDuration(refused), undefined)
    })
  }

  it('reads a number the same with and without the unit ms', () => {
    fc.assert(
      fc.property(fc.nat(LONGEST_DURATION), (amount) => {
        assert.equal(parseDuration(amount), amount)
        assert.equal(parseDuration(`${amount}ms`), amount)
      }),
    )
  })
})
