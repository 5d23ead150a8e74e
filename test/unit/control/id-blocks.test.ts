import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import * as fc from 'fast-check'
import { IdBlocks } from '../../../src/control/id-blocks.ts'
import type { IdRange } from '../../../src/wire/messages.ts'

describe('blocks of task ids', () => {
  let dir = ''
  let file = ''
  beforeEach(() => {
    dir = mkdtempSync(path.join(tmpdir(), 'tsrv-ids-'))
    file = path.join(dir, 'ids.json')
  })
  afterEach(() => rmSync(dir, { recursive: true, force: true }))

  it('begin with 1', () => {
    assert.deepEqual(new IdBlocks(file).take('block'), { first: 1, last: 1024 })
  })

  it('are on disk before they are given away', () => {
    const { last } = new IdBlocks(file).take('block')
    const { block } = JSON.parse(readFileSync(file, 'utf8')) as { block: number }
    assert.equal(block, last + 1)
    assert.equal(statSync(file).mode & 0o777, 0o600)
  })

  it('are not given away when the disk refuses', () => {
    const ids = new IdBlocks(file)
    rmSync(dir, { recursive: true })
    assert.throws(() => ids.take('block'), /ENOENT/)
  })

  for (const text of [
    '',
    '{',
    'null',
    '{"block":0,"reserve":1}',
    '{"block":"9","reserve":4503599627370496}',
  ]) {
    it(`begin anew when the file holds ${text || 'nothing'}`, () => {
      writeFileSync(file, text)
      const { block, reserve } = new IdBlocks(file).grant()
      assert.deepEqual([block.first, reserve.first], [1, 2 ** 52])
    })
  }

  it('never overlap, over any number of restarts', () => {
    const step = fc.constantFrom('block', 'reserve', 'grant', 'restart')
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        rmSync(file, { force: true })
        let ids = new IdBlocks(file)
        const ranges: IdRange[] = []
        for (const action of steps) {
          if (action === 'restart') ids = new IdBlocks(file)
          if (action === 'block' || action === 'reserve') ranges.push(ids.take(action))
          if (action === 'grant') ranges.push(...Object.values(ids.grant()))
        }
        const sorted = ranges.toSorted((a, b) => a.first - b.first)
        for (const [at, range] of sorted.entries()) {
          assert.ok(Number.isSafeInteger(range.last) && range.last >= range.first)
          assert.ok((sorted[at - 1]?.last ?? 0) < range.first, 'overlap')
        }
      }),
      { numRuns: 50 },
    )
  })
})
