/** Problems are one line each, and guess what was meant without guessing wildly. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { TsrvError } from '../../../src/errors.ts'
import { FIELD_KEYS } from '../../../src/config/fields.ts'
import { formatProblem, invalidConfig, nearest, problemsOf, showValue } from '../../../src/config/problems.ts'

describe('a problem', () => {
  it('names file, line, key and value in one line', () => {
    assert.equal(
      formatProblem({
        where: 'config.ini',
        line: 4,
        key: 'port',
        value: 'abc',
        message: 'Invalid port: expected …',
      }),
      '✖ config.ini:4  port = abc  Invalid port: expected …',
    )
    assert.equal(
      formatProblem({ where: 'TSRV_PRT', key: '', message: 'unknown' }, '⚠'),
      '⚠ TSRV_PRT  unknown',
    )
  })

  it('comes with all others in one error that ends with status 78', () => {
    const problems = [
      { where: 'a.ts', key: 'x', message: 'unknown key' },
      { where: '--port', key: 'port', message: 'Invalid port' },
    ]
    const error = invalidConfig(problems)
    assert.equal(error.exitCode, 78)
    assert.equal(error.code, 'TSRV_CONFIG_INVALID')
    assert.equal(
      error.message,
      '✖ a.ts  x  unknown key\n✖ --port  port  Invalid port\n2 problems; nothing was started.',
    )
    assert.deepEqual(problemsOf(error), problems)
    assert.deepEqual(problemsOf(new TsrvError('CONFIG_NOT_FOUND', { file: 'x' })), [])
  })
})

describe('showValue', () => {
  it('shows one line without control characters, not endless', () => {
    assert.equal(showValue('a\n\u001b[31mb'), 'a\uFFFD\uFFFD[31mb')
    assert.equal(showValue({ a: [1, null] }), '{"a":[1,null]}')
    assert.equal(showValue(undefined), 'undefined')
    assert.equal(showValue('x'.repeat(500)).length, 61)
  })
})

describe('nearest', () => {
  for (const [written, meant] of [
    ['tasks.modls', 'tasks.modules'],
    ['task.modules', 'tasks.modules'],
    ['prot', 'port'],
    ['task_workers', 'taskWorkers'],
    ['worker', 'workers'],
    ['maxRestarts', 'processes.maxRestarts'],
    ['log.levle', 'log.level'],
    ['zebra', undefined],
    ['x', undefined],
  ] as const) {
    it(`of ${written} is ${meant ?? 'nothing'}`, () => {
      assert.equal(nearest(written, FIELD_KEYS), meant)
    })
  }

  it('of a key with one swap of neighbours is that key', () => {
    fc.assert(
      fc.property(fc.constantFrom(...FIELD_KEYS.filter((key) => key.length > 7)), fc.nat(), (key, seed) => {
        const at = seed % (key.length - 1)
        const swapped = `${key.slice(0, at)}${key[at + 1]}${key[at]}${key.slice(at + 2)}`
        assert.equal(nearest(swapped, FIELD_KEYS), key)
      }),
    )
  })
})
