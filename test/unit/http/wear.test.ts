import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { withJitter, wornBy } from '../../../src/http/wear.ts'

const NEVER = { maxRequests: 0, maxMemory: undefined, maxAge: 0 }
const MEGABYTE = 1024 ** 2
const old = { requests: 1e9, memory: 1e12, age: 1e12 }
const young = { requests: 0, memory: 50 * MEGABYTE, age: 0 }

describe('the wear of a worker', () => {
  it('has no limits unless they are set', () => assert.equal(wornBy(NEVER, old), undefined))

  it('is told by requests, age and memory, each with its reason', () => {
    const requests = { ...NEVER, maxRequests: 100 }
    assert.equal(wornBy(requests, { ...young, requests: 99 }), undefined)
    assert.match(
      wornBy(requests, { ...young, requests: 100 }) ?? '',
      /served 100 requests \(http\.maxRequests\)/,
    )
    const age = { ...NEVER, maxAge: 60_000 }
    assert.equal(wornBy(age, { ...young, age: 59_999 }), undefined)
    assert.match(wornBy(age, { ...young, age: 60_000 }) ?? '', /60 s old \(http\.maxAge\)/)
    const memory = { ...NEVER, maxMemory: 100 * MEGABYTE }
    assert.equal(wornBy(memory, { ...young, memory: 100 * MEGABYTE, age: 1e6 }), undefined)
    assert.match(
      wornBy(memory, { ...young, memory: 120 * MEGABYTE, age: 1e6 }) ?? '',
      /120 MB.*http\.maxMemory/,
    )
  })

  it('does not count the memory of a boot, or a limit below it would replace workers for ever', () => {
    const memory = { ...NEVER, maxMemory: 16 * MEGABYTE }
    assert.equal(wornBy(memory, { ...young, age: 4999 }), undefined)
    assert.notEqual(wornBy(memory, { ...young, age: 5000 }), undefined)
  })

  it('comes up to a tenth earlier, never later', () => {
    const limits = { maxRequests: 1000, maxMemory: 5, maxAge: 2000 }
    assert.deepEqual(withJitter(limits, 0), limits)
    assert.deepEqual(withJitter(limits, 1), { maxRequests: 900, maxMemory: 5, maxAge: 1800 })
    assert.deepEqual(withJitter({ ...NEVER, maxRequests: 1 }, 0.99), { ...NEVER, maxRequests: 1 })
  })
})
