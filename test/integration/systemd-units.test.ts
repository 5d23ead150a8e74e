/** The units in templates/systemd, judged by systemd itself. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import path from 'node:path'
import { describe, it } from 'node:test'

const UNITS = path.resolve(import.meta.dirname, '../../templates/systemd/systemd')
const skip = spawnSync('systemd-analyze', ['--version']).status === 0 ? false : 'needs systemd-analyze'

describe('the systemd units', () => {
  it('are sound', { skip }, () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'tsrv-units-'))
    const units = ['service', 'socket'].map((kind) => {
      // With a program and a user that are there.
      const text = readFileSync(path.join(UNITS, `tsrv.${kind}`), 'utf8')
        .replaceAll('/usr/bin/node', process.execPath)
        .replace('User=shop', `User=${userInfo().username}`)
      const file = path.join(folder, `shop.${kind}`)
      writeFileSync(file, text)
      return file
    })
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', ...units], { encoding: 'utf8' })
    rmSync(folder, { recursive: true })
    assert.deepEqual([status, stderr], [0, ''])
  })
})
