import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { scaled, ScaleSignals } from '../../../src/entry/scale-signals.ts'

describe('the number of HTTP workers after a signal', () => {
  it('is one more or one less', () => {
    assert.deepEqual([scaled(2, 1), scaled(2, -1)], [3, 1])
  })

  it('stays between one and what -w takes', () => {
    assert.deepEqual([scaled(1, -1), scaled(1024, 1)], [1, 1024])
  })
})

describe('signals for more and fewer workers', () => {
  it('are told apart, and leave no listener behind', () => {
    const seen: number[] = []
    const before = process.listenerCount('SIGTTIN')
    const signals = new ScaleSignals((by) => seen.push(by))
    process.emit('SIGTTIN', 'SIGTTIN')
    process.emit('SIGTTOU', 'SIGTTOU')
    signals[Symbol.dispose]()
    assert.deepEqual(seen, [1, -1])
    assert.equal(process.listenerCount('SIGTTIN'), before)
  })
})
