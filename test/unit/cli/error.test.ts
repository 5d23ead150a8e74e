import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { printError } from '../../../src/cli/render/error.ts'
import { TsrvError } from '../../../src/errors.ts'
import { printed } from './printed.ts'

const shown = (t: Parameters<typeof printed>[0], error: unknown): string =>
  printed(t, () => printError(error), 'stderr')

describe('an error at the end of a command', () => {
  it('is one message without a stack when it is ours', (t) => {
    const text = shown(t, new TsrvError('CONFIG_NOT_FOUND', { file: 'a.ts' }))
    assert.equal(text, '✖ There is no configuration file at a.ts.\n')
  })

  it('keeps its stack when it is a defect of tsrv', (t) => {
    const text = shown(t, new TypeError('x is not a function'))
    assert.match(text, /Unexpected failure of tsrv: TypeError: x is not a function\n\s+at /)
  })

  it('cannot steer the terminal', (t) => {
    const text = shown(t, new TsrvError('CONFIG_NOT_FOUND', { file: '\u001b]0;title\u0007' }))
    assert.equal(text.includes('\u001b]0'), false)
    assert.equal(text.includes('\u0007'), false)
  })

  it('may be anything that was thrown', (t) => {
    assert.match(shown(t, undefined), /Unexpected failure of tsrv: undefined/)
  })
})
