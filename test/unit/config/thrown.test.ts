/** What a config threw becomes one sentence and the place that a user can do something about. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { describeThrown } from '../../../src/config/thrown.ts'

const CONFIG = '/app/tsrv.config.ts'
const OURS = new URL('../../../src/entry/config-loader.ts', import.meta.url).href

function withStack(stack: string, error: Error = new Error('no database\nat all')): Error {
  return Object.assign(error, { stack })
}

describe('describeThrown', () => {
  it('takes the innermost frame that is neither of Node nor of tsrv', () => {
    const stack = `Error: no database
    at internal (node:internal/modules/esm/utils:319:16)
    at async settle (${OURS}:30:5)
    at async file:///app/my%20data/db.ts:7:3
    at connect (file:///app/tsrv.config.ts:9:1)`
    assert.deepEqual(describeThrown(withStack(stack), CONFIG), {
      message: 'Error: no database',
      file: '/app/my data/db.ts',
      line: 7,
    })
  })

  it('tells no place when only Node and tsrv took part', () => {
    const stack = `Error: x\n    at node:internal/x:1:1\n    at answer (${OURS}:30:5)`
    assert.deepEqual(describeThrown(withStack(stack), CONFIG), { message: 'Error: no database' })
  })

  it('takes the place with which an error of syntax begins its stack', () => {
    const stack = `${CONFIG}:3\nenum X {\n^^^^\n\nSyntaxError: enum\n    at parse (node:internal/x:1:1)`
    const error = Object.assign(withStack(stack, new SyntaxError('no enum')), {
      code: 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX',
    })
    const thrown = describeThrown(error, CONFIG)
    assert.equal(thrown.line, 3)
    assert.equal(thrown.file, CONFIG)
    assert.match(thrown.message, /^SyntaxError: no enum\. Node strips types and nothing more/)
  })

  it('shortens what the parser of types expects', () => {
    const error = new SyntaxError('Unexpected token. Expected ... , *, (, [, :, ?, =, an identifier')
    assert.equal(describeThrown(withStack('', error), CONFIG).message, 'SyntaxError: Unexpected token')
  })

  it('shows what was thrown when it is no error', () => {
    assert.deepEqual(describeThrown('nothing', CONFIG), { message: 'threw nothing' })
  })
})
