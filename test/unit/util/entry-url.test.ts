import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { entryUrl } from '../../../src/util/entry-url.ts'
import { ownVersion } from '../../../src/util/version.ts'

describe('the parts of the running copy', () => {
  it('has a program for every role, with the extension of this very checkout', () => {
    for (const role of ['http-worker', 'task-server', 'task-worker', 'config-loader'] as const) {
      assert.ok(existsSync(entryUrl(role)), role)
      assert.match(entryUrl(role).href, /\/src\/entry\/[a-z-]+\.ts$/)
    }
  })

  it('knows the version of its own package.json', () => {
    const manifest = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')
    assert.equal(ownVersion(), (JSON.parse(manifest) as { version: string }).version)
  })
})
