import assert from 'node:assert/strict'
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import * as fc from 'fast-check'
import { tail } from '../../../src/cli/log-tail.ts'

function logFile(t: TestContext, text: string): string {
  const dir = mkdtempSync(path.join(tmpdir(), 'tsrv-tail-'))
  t.after(() => rmSync(dir, { recursive: true }))
  const file = path.join(dir, 'server.log')
  writeFileSync(file, text)
  return file
}

async function read(file: string, lines: number): Promise<string[]> {
  const read: string[] = []
  for await (const some of tail(file, { lines })) read.push(...some)
  return read
}

describe('the end of a log', () => {
  it('is as many lines as were asked for, or all there are', async (t) => {
    const file = logFile(t, 'a\nb\nc\n')
    assert.deepEqual(await read(file, 2), ['b', 'c'])
    assert.deepEqual(await read(file, 3), ['a', 'b', 'c'])
    assert.deepEqual(await read(file, 4), ['a', 'b', 'c'])
    assert.deepEqual(await read(file, 0), [])
  })

  it('counts empty lines, and a last one without an end', async (t) => {
    assert.deepEqual(await read(logFile(t, 'a\n\n\n'), 2), ['', ''])
    assert.deepEqual(await read(logFile(t, 'a\nb'), 1), ['b'])
    assert.deepEqual(await read(logFile(t, ''), 5), [])
  })

  it('is the same for any text, however it falls into the pieces it is read in', async (t) => {
    const file = logFile(t, '')
    // Lines around the size of a piece, of characters of several bytes.
    const line = fc.tuple(
      fc.constantFrom('x', 'ü', '語', '😀'),
      fc.constantFrom(0, 1, 3, 21_845, 65_535, 70_000),
    )
    const text = fc.array(
      line.map(([character, count]) => character.repeat(count)),
      { maxLength: 6 },
    )
    await fc.assert(
      fc.asyncProperty(text, fc.nat(7), fc.boolean(), async (lines, wanted, isComplete) => {
        const written = isComplete ? lines.map((one) => `${one}\n`).join('') : lines.join('\n')
        writeFileSync(file, written)
        const all = written.split('\n').slice(0, written.endsWith('\n') || written === '' ? -1 : undefined)
        assert.deepEqual(await read(file, wanted), wanted === 0 ? [] : all.slice(-wanted))
      }),
      { numRuns: 60 },
    )
  })

  it('fails when there is no file', async () => {
    await assert.rejects(read('/nonexistent/server.log', 1), { code: 'ENOENT' })
  })
})

describe('a log that is followed', () => {
  it('gives whole lines only, until it is told to end', async (t) => {
    const file = logFile(t, 'a\nb')
    const end = new AbortController()
    const seen: string[] = []
    for await (const some of tail(file, { lines: 9, follow: end.signal })) {
      seen.push(...some)
      if (seen.length === 1) appendFileSync(file, 'c\nd')
      else if (seen.length === 2) end.abort()
    }
    assert.deepEqual(seen, ['a', 'bc', 'd'])
  })
})
