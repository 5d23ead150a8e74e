import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isReadOnly } from '../../../src/control/read-only.ts'

/** A file system in which these folders have these problems, and all others are writable. */
function within(problems: Readonly<Record<string, string>>): (folder: string) => void {
  return (folder) => {
    const code = problems[folder]
    if (code !== undefined) throw Object.assign(new Error(code), { code })
  }
}

describe('a folder that cannot be written', () => {
  it('lies on a file system that is mounted read-only', () => {
    assert.equal(isReadOnly('/app/.tsrv', within({ '/app/.tsrv': 'EROFS' })), true)
    assert.equal(isReadOnly('/app/.tsrv', within({ '/app/.tsrv': 'ENOENT', '/app': 'EROFS' })), true)
  })

  it('cannot be made in a folder of somebody else, however deep', () => {
    const missing = { '/app/.tsrv/x': 'ENOENT', '/app/.tsrv': 'ENOENT', '/app': 'EACCES' }
    assert.equal(isReadOnly('/app/.tsrv/x', within(missing)), true)
  })

  it('is not one that is there and belongs to somebody else: that has to be told', () => {
    assert.equal(isReadOnly('/app/.tsrv', within({ '/app/.tsrv': 'EACCES' })), false)
  })

  it('is not one that is writable or can be made', () => {
    assert.equal(isReadOnly('/app/.tsrv', within({})), false)
    assert.equal(isReadOnly('/app/.tsrv', within({ '/app/.tsrv': 'ENOENT' })), false)
  })
})
