import assert from 'node:assert/strict'
import type { EventEmitter } from 'node:events'
import { describe, it, type TestContext } from 'node:test'
import { refuseStopHandlers } from '../../../src/entry/child-signals.ts'

function refusing(t: TestContext): string[] {
  const told: string[] = []
  const emitter: EventEmitter = process
  const before = emitter.listeners('newListener')
  refuseStopHandlers((signal) => told.push(signal))
  t.after(() => {
    for (const listener of emitter.rawListeners('newListener') as (() => void)[])
      if (!before.includes(listener)) emitter.off('newListener', listener)
  })
  return told
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('handlers of the user for the signals that stop a server', () => {
  it('are taken off again, and told of once for each signal', async (t) => {
    const told = refusing(t)
    const calls: string[] = []
    process.on('SIGTERM', () => calls.push('on'))
    process.once('SIGTERM', () => calls.push('once'))
    process.prependListener('SIGINT', () => calls.push('prepend'))
    await turn()
    process.emit('SIGTERM', 'SIGTERM')
    process.emit('SIGINT', 'SIGINT')
    assert.deepEqual([calls, told], [[], ['SIGTERM', 'SIGINT']])
  })

  it('leave those for other events alone', async (t) => {
    const told = refusing(t)
    const calls: string[] = []
    const note = (): void => void calls.push('heard')
    process.once('SIGUSR2', note)
    process.once('SIGWINCH', note)
    await turn()
    process.emit('SIGUSR2', 'SIGUSR2')
    process.emit('SIGWINCH', 'SIGWINCH')
    assert.deepEqual([calls, told], [['heard', 'heard'], []])
  })
})
