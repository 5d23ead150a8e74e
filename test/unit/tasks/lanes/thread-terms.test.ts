/** How many tasks a thread runs and how much memory it gets. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Config } from '../../../../src/config/config.ts'
import { merge } from '../../../../src/config/merge.ts'
import { threadTerms } from '../../../../src/tasks/lanes/thread-terms.ts'

const GIGABYTE = 1024 ** 3

function configWith(tasks: Partial<Config['tasks']>): Config {
  const { config } = merge([], { root: '/', file: undefined })
  return { ...config, tasks: { ...config.tasks, ...tasks } }
}

const BIG = { memory: 64 * GIGABYTE, lanes: 1 }

describe('the lifetime of a thread', () => {
  it('has no end by default', () => assert.equal(threadTerms(configWith({}), BIG, 0.5).lifetime, Infinity))

  it('is up to a tenth shorter than the setting, never longer', () => {
    const config = configWith({ maxRequests: 200 })
    const lifetimes = [0, 0.5, 0.999].map((random) => threadTerms(config, BIG, random).lifetime)
    assert.deepEqual(lifetimes, [200, 190, 181])
  })

  it('is at least one task', () => {
    assert.equal(threadTerms(configWith({ maxRequests: 1 }), BIG, 0.999).lifetime, 1)
  })
})

describe('the heap of a thread', () => {
  it('is what the setting says, in whole megabytes', () => {
    assert.equal(threadTerms(configWith({ memoryLimit: 100 * 1024 ** 2 + 1 }), BIG, 0).heapLimit, 101)
  })

  it('is else its share of three eighths of the memory, less what the young generation takes', () => {
    assert.equal(threadTerms(configWith({}), { memory: GIGABYTE, lanes: 4 }, 0).heapLimit, 72)
  })

  it('is never more than V8 would allow by itself, and enough to start with', () => {
    assert.equal(threadTerms(configWith({}), BIG, 0).heapLimit, 3904)
    assert.equal(threadTerms(configWith({}), { memory: GIGABYTE / 2, lanes: 100 }, 0).heapLimit, 48)
  })
})
