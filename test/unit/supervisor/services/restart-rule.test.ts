import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { RESTARTS } from '../../../../src/config/service-list.ts'
import { isRestarted, serviceEnd } from '../../../../src/supervisor/services/restart-rule.ts'

describe('S20: the restart rules', () => {
  const table = {
    always: [true, true],
    'on-failure': [false, true],
    'no-error': [true, false],
    no: [false, false],
  }

  for (const rule of RESTARTS) {
    it(`has a meaning of its own for "${rule}"`, () => {
      assert.deepEqual([isRestarted(rule, 'clean'), isRestarted(rule, 'failed')], table[rule])
    })
  }

  it('are four different ones', () => {
    assert.equal(new Set(Object.values(table).map(String)).size, RESTARTS.length)
  })

  it('call every end but an exit with code 0 a failure', () => {
    assert.equal(serviceEnd({ code: 0, bootError: undefined }), 'clean')
    assert.equal(serviceEnd({ code: 1, bootError: undefined }), 'failed')
    assert.equal(serviceEnd({ code: null, bootError: undefined }), 'failed')
    assert.equal(serviceEnd({ code: 0, bootError: new Error('no such file') }), 'failed')
  })
})
