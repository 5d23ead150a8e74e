/** Files that derive from tables in src are up to date. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, it } from 'node:test'
import { generatedFiles, ROOT, staleFiles } from '../scripts/generated-files.ts'

describe('the generated files', () => {
  it('are up to date', () => assert.deepEqual(staleFiles(ROOT), [], 'stale: run npm run generate'))

  it('would be noticed if they were missing or stale', () => {
    const root = mkdtempSync(path.join(tmpdir(), 'tsrv-generated-'))
    try {
      const [missing, stale, ...fresh] = generatedFiles()
      assert.ok(missing !== undefined && stale !== undefined)
      for (const { path: name, text } of [{ ...stale, text: `${stale.text} ` }, ...fresh]) {
        mkdirSync(path.dirname(path.join(root, name)), { recursive: true })
        writeFileSync(path.join(root, name), text)
      }
      assert.deepEqual(staleFiles(root), [missing.path, stale.path])
    } finally {
      rmSync(root, { recursive: true })
    }
  })
})
