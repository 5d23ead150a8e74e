import assert from 'node:assert/strict'
import { describe, it, mock } from 'node:test'
import { withDeadline } from '../../../src/util/deadline.ts'

const late = (): Error => new Error('too late')
const never = new Promise<never>(() => {})

describe('withDeadline', () => {
  it('resolves and rejects with the promise when that is in time', async () => {
    assert.equal(await withDeadline(Promise.resolve(1), 1000, late), 1)
    await assert.rejects(withDeadline(Promise.reject(new Error('own')), 1000, late), { message: 'own' })
  })

  it('rejects when the time is over', async () => {
    await assert.rejects(withDeadline(never, 1, late), { message: 'too late' })
  })

  it('leaves no timer behind', async () => {
    const cleared = mock.method(globalThis, 'clearTimeout')
    await withDeadline(Promise.resolve(1), 60_000, late)
    assert.equal(cleared.mock.callCount(), 1)
    cleared.mock.restore()
  })

  it('does not overflow for waits that timers cannot hold', async () => {
    const soon = new Promise((resolve) => setTimeout(resolve, 10, 'in time'))
    assert.equal(await withDeadline(soon, Infinity, late), 'in time')
    assert.equal(await withDeadline(soon, 2 ** 40, late), 'in time')
  })
})
