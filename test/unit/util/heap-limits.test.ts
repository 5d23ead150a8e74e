import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import { Worker } from 'node:worker_threads'
import * as fc from 'fast-check'
import { heapLimit, oldPartOf, youngBeside } from '../../../src/util/heap-limits.ts'

const MEGABYTE = 1024 ** 2

describe('the limit of a heap', () => {
  it('is a share of three quarters of the memory, or of half of them beside others', () => {
    assert.equal(heapLimit({ memory: 1024 * MEGABYTE, among: 4, isHalf: false }), 192)
    assert.equal(heapLimit({ memory: 1024 * MEGABYTE, among: 4, isHalf: true }), 96)
    assert.equal(heapLimit({ memory: 256 * MEGABYTE, among: 1, isHalf: true }), 96)
  })

  it('is never more than V8 would allow by itself, and enough to start with', () => {
    assert.equal(heapLimit({ memory: 64e9, among: 1, isHalf: false }), 4096)
    assert.equal(heapLimit({ memory: 512 * MEGABYTE, among: 100, isHalf: true }), 64)
  })

  it('leaves a quarter of the memory to the rest, unless there are too many for it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 37 }), fc.nat(64), fc.nat(64), (memory, workers, lanes) => {
        const isHalf = lanes > 0
        const each = [
          heapLimit({ memory, among: workers, isHalf }),
          ...(isHalf ? [heapLimit({ memory, among: lanes, isHalf })] : []),
        ]
        const all = (each[0] ?? 0) * workers + (each[1] ?? 0) * lanes
        assert.ok(each.includes(64) || all * MEGABYTE <= memory * 0.75, `${all} MB of ${memory}`)
      }),
    )
  })
})

describe('the limits of a thread', () => {
  for (const megabytes of [64, 96, 100, 1024, 4096]) {
    it(`are together what V8 takes for the limit of its heap, and no more than ${megabytes} MB`, async () => {
      const old = oldPartOf(megabytes)
      const young = youngBeside(old)
      const code =
        "require('node:worker_threads').parentPort.postMessage(require('node:v8').getHeapStatistics())"
      const resourceLimits = { maxOldGenerationSizeMb: old, maxYoungGenerationSizeMb: young }
      const worker = new Worker(code, { eval: true, resourceLimits, execArgv: [] })
      const [{ heap_size_limit: limit }] = (await once(worker, 'message')) as [{ heap_size_limit: number }]
      await worker.terminate()
      assert.equal(limit, (old + young) * MEGABYTE)
      assert.ok(old + young <= megabytes && old + young > megabytes * 0.85)
    })
  }
})
