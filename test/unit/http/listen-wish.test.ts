/** The forms of `listen()` and what they ask for. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { wishOf } from '../../../src/http/listen-wish.ts'

describe('wishOf', () => {
  for (const [parameters, port, text] of [
    [[], 0, ':0'],
    [[() => {}], 0, ':0'],
    [[null], 0, ':0'],
    [[3000], 3000, ':3000'],
    [['3000', 'localhost', () => {}], 3000, 'localhost:3000'],
    [[3000, '::1', 511], 3000, '[::1]:3000'],
    [[3000, 511], 3000, ':3000'],
    [['/run/app.sock'], undefined, '/run/app.sock'],
    [[{ port: '80', host: '0.0.0.0' }], 80, '0.0.0.0:80'],
    [[{ path: '/run/app.sock' }], undefined, '/run/app.sock'],
    [[{ fd: 3 }], undefined, 'descriptor 3'],
    [[{ port: undefined }], 0, ':0'],
  ] as const) {
    it(`reads listen(${parameters.map((one) => JSON.stringify(one) ?? 'fn').join(', ')})`, () => {
      assert.deepEqual(wishOf(parameters), { port, text })
    })
  }

  it('never throws: what is wrong with the parameters is not asked any more', () => {
    fc.assert(
      fc.property(fc.array(fc.anything(), { maxLength: 4 }), (parameters) => {
        assert.equal(typeof wishOf(parameters).text, 'string')
      }),
    )
  })
})
