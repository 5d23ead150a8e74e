/** The name of a config file decides how it is read. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { formatOf, OWN_NAMES } from '../../../src/config/file-names.ts'

describe('formatOf', () => {
  for (const [file, format] of [
    ['/app/tsrv.config.mts', 'module'],
    ['/app/.tsrvrc.cjs', 'module'],
    ['/app/any.name.json', 'json'],
    ['/app/.tsrvrc', 'yaml'],
    ['/app/.config/tsrv.yml', 'yaml'],
    ['/app/package.json', 'package'],
    ['/app/staging.ini', 'ini'],
    ['/app/config.toml', undefined],
    ['/app/config', undefined],
    ['/app/.json/config', undefined],
  ] as const) {
    it(`takes ${file} for ${format ?? 'nothing it can read'}`, () => assert.equal(formatOf(file), format))
  }

  it('knows a format for every name that is searched', () => {
    for (const name of OWN_NAMES) assert.ok(formatOf(`/app/${name}`), name)
  })
})
