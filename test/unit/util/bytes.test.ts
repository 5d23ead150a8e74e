import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseBytes } from '../../../src/util/bytes.ts'

describe('parseBytes', () => {
  for (const [written, bytes] of [
    [0, 0],
    [1000, 1000],
    ['1b', 1],
    ['512kb', 524_288],
    ['64MB', 67_108_864],
    [' 1.5 gb ', 1_610_612_736],
  ] as const) {
    it(`reads ${JSON.stringify(written)} as ${bytes}`, () => assert.equal(parseBytes(written), bytes))
  }

  for (const wrong of [
    '',
    '12',
    'mb',
    '-1mb',
    '1tb',
    -1,
    Number.NaN,
    Infinity,
    null,
    true,
    '1e3kb',
    2 ** 60,
  ]) {
    it(`refuses ${JSON.stringify(wrong)}`, () => assert.equal(parseBytes(wrong), undefined))
  }
})
