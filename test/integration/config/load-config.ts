/** Loads configs for the tests of this folder, from fixtures or from files that a test writes. */
import assert from 'node:assert/strict'
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type LoadConfigOptions, type LoadedConfig, loadConfig } from '../../../src/config/load.ts'
import { problemsOf } from '../../../src/config/problems.ts'
import { TsrvError } from '../../../src/errors.ts'

const FIXTURES = fileURLToPath(new URL('../../fixtures/config', import.meta.url))

export function load(
  file: string | undefined,
  options: Partial<LoadConfigOptions> = {},
): Promise<LoadedConfig> {
  return loadConfig({ cwd: FIXTURES, file, command: 'start', flags: {}, overrides: [], env: {}, ...options })
}

/** The lines of the message with which a config is refused. */
export async function linesOf(file: string, options: Partial<LoadConfigOptions> = {}): Promise<string[]> {
  const error = await load(file, options).then(
    () => assert.fail('the config was accepted'),
    (error: unknown) => error,
  )
  assert.ok(error instanceof TsrvError)
  assert.equal(error.code, 'TSRV_CONFIG_INVALID')
  assert.equal(error.exitCode, 78)
  const lines = error.message.split('\n')
  assert.equal(problemsOf(error).length, lines.length - 1)
  return lines
}

/** A project folder for the tests of one file; `written` puts a file there and tells its path. */
export function temporaryFolder(): {
  folder: string
  written: (name: string, text: string) => Promise<string>
} {
  const folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'tsrv-load-')))
  writeFileSync(path.join(folder, 'package.json'), '{}')
  after(() => rmSync(folder, { recursive: true }))
  const written = async (name: string, text: string): Promise<string> => {
    await writeFile(path.join(folder, name), text)
    return path.join(folder, name)
  }
  return { folder, written }
}
