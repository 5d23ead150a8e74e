import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { StopSignals } from '../../../src/entry/stop-signals.ts'

function stops(t: TestContext): { signals: StopSignals; at: (ms: number, signal: NodeJS.Signals) => void } {
  let now = 0
  const signals = new StopSignals(() => now)
  t.after(() => signals[Symbol.dispose]())
  const at = (ms: number, signal: NodeJS.Signals): void => {
    now = ms
    process.emit(signal, signal)
  }
  return { signals, at }
}

describe('reasons to stop', () => {
  it('begin with the first signal, gracefully', async (t) => {
    const { signals, at } = stops(t)
    assert.equal(signals.isRequested, false)
    at(0, 'SIGTERM')
    assert.deepEqual(await signals.first, { reason: 'SIGTERM', force: false })
    assert.deepEqual([signals.isRequested, signals.isForced], [true, false])
  })

  it('abort what a start waits for, with the first one', (t) => {
    const { signals, at } = stops(t)
    assert.equal(signals.signal.aborted, false)
    at(0, 'SIGTERM')
    assert.equal(signals.signal.aborted, true)
  })

  it('force with a second signal', async (t) => {
    const { signals, at } = stops(t)
    at(0, 'SIGINT')
    at(200, 'SIGINT')
    await signals.forced
    assert.equal(signals.isForced, true)
  })

  it('force with another signal at once', (t) => {
    const { signals, at } = stops(t)
    at(0, 'SIGINT')
    at(0, 'SIGTERM')
    assert.equal(signals.isForced, true)
  })

  it('take the same signal right again for the same keystroke, passed on by a wrapper', (t) => {
    const { signals, at } = stops(t)
    at(0, 'SIGINT')
    at(20, 'SIGINT')
    at(199, 'SIGINT')
    assert.equal(signals.isForced, false)
  })

  it('force with a signal after a command has asked', (t) => {
    const { signals, at } = stops(t)
    signals.request('tsrv stop', false)
    at(0, 'SIGINT')
    assert.equal(signals.isForced, true)
  })

  it('do not force when a second command only asks as well', (t) => {
    const { signals } = stops(t)
    signals.request('tsrv stop', false)
    signals.request('tsrv stop', false)
    assert.equal(signals.isForced, false)
    signals.request('tsrv stop', true)
    assert.equal(signals.isForced, true)
  })

  it('leave no listener behind', () => {
    const before = process.listenerCount('SIGTERM')
    new StopSignals()[Symbol.dispose]()
    assert.equal(process.listenerCount('SIGTERM'), before)
  })
})
