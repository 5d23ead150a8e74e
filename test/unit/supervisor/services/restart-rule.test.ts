import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { RESTARTS } from '../../../../src/config/service-list.ts'
import { isRestarted, serviceEnd } from '../../../../src/supervisor/services/restart-rule.ts'

const CRASH = { code: 1, bootError: undefined }

describe('S20: the restart rules', () => {
  /** Started again after exit code 0, after another end; whether that end is an error. */
  const table = {
    always: [true, true, 'failed'],
    'on-failure': [false, true, 'failed'],
    'no-error': [false, false, 'clean'],
    no: [false, false, 'failed'],
  }

  for (const rule of RESTARTS) {
    it(`has a meaning of its own for "${rule}"`, () => {
      const end = serviceEnd(rule, CRASH)
      assert.deepEqual([isRestarted(rule, 'clean'), isRestarted(rule, end), end], table[rule])
    })
  }

  it('are four different ones', () => {
    assert.equal(new Set(Object.values(table).map(String)).size, RESTARTS.length)
  })

  it('call every end but an exit with code 0 a failure, unless no end is one', () => {
    for (const [end, exit] of [
      ['clean', { code: 0, bootError: undefined }],
      ['failed', CRASH],
      ['failed', { code: null, bootError: undefined }],
      ['failed', { code: 0, bootError: new Error('no such file') }],
    ] as const) {
      assert.equal(serviceEnd('always', exit), end)
      assert.equal(serviceEnd('no-error', exit), 'clean')
    }
  })
})
