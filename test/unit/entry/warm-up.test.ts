import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { warmUp } from '../../../src/entry/warm-up.ts'

describe('a spare worker that warms up', () => {
  it('leaves no trace of it: neither a warning nor another process.emitWarning', async (t) => {
    const warnings: Error[] = []
    const note = (warning: Error): void => void warnings.push(warning)
    process.on('warning', note)
    t.after(() => process.off('warning', note))
    const before = Object.getOwnPropertyDescriptor(process, 'emitWarning')
    warmUp()
    await nextTurn()
    assert.deepEqual(warnings, [])
    assert.deepEqual(Object.getOwnPropertyDescriptor(process, 'emitWarning'), before)
  })
})
