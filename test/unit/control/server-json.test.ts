import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import {
  readServerJson,
  removeServerJson,
  writeServerJson,
  type ServerRecord,
} from '../../../src/control/server-json.ts'

const RECORD: ServerRecord = {
  version: '1.2.3',
  name: 'shop',
  pid: 4711,
  startTime: 'boot:99',
  startedAt: '2026-11-21T07:00:00.000Z',
  urls: ['http://127.0.0.1:8080'],
  configFile: '/srv/app/tsrv.config.ts',
  root: '/srv/app',
  children: [
    { role: 'http', slot: 0, pid: 4712, startTime: 'boot:100' },
    { role: 'tasks', slot: 0, pid: 4713, startTime: 'boot:101' },
  ],
}
let folder = ''
let file = ''

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'tsrv-json-'))
  file = path.join(folder, 'server.json')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('server.json', () => {
  it('gives back what was written', () => {
    writeServerJson(file, RECORD)
    assert.deepEqual(readServerJson(file), RECORD)
  })

  it('is readable by its user alone', () => {
    writeServerJson(file, RECORD)
    assert.equal((statSync(file).mode & 0o777).toString(8), '600')
  })

  it('replaces an older record and leaves nothing else behind', () => {
    writeServerJson(file, RECORD)
    writeServerJson(file, { ...RECORD, children: [] })
    assert.deepEqual(readServerJson(file)?.children, [])
    assert.deepEqual(readdirSync(folder), ['server.json'])
  })

  it('reads as nothing when it is missing', () => {
    assert.equal(readServerJson(file), undefined)
  })

  it('reads as nothing when it is only half there', () => {
    writeServerJson(file, RECORD)
    const text = readFileSync(file, 'utf8').trimEnd()
    fc.assert(
      fc.property(fc.integer({ min: 0, max: text.length - 1 }), (length) => {
        writeFileSync(file, text.slice(0, length))
        assert.equal(readServerJson(file), undefined)
      }),
    )
  })

  it('reads as nothing when it holds some other JSON', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        writeFileSync(file, text)
        assert.equal(readServerJson(file), undefined)
      }),
    )
  })

  it('reads as nothing when a pid in it stands for a group of processes', () => {
    for (const pid of [0, -1, 1.5]) {
      writeFileSync(file, JSON.stringify({ ...RECORD, pid }))
      assert.equal(readServerJson(file), undefined)
      writeFileSync(file, JSON.stringify({ ...RECORD, children: [{ ...RECORD.children[0], pid }] }))
      assert.equal(readServerJson(file), undefined)
    }
  })

  it('says so when it cannot be written', () => {
    assert.throws(() => writeServerJson(path.join(folder, 'no', 'server.json'), RECORD), {
      code: 'TSRV_RUN_DIR_UNUSABLE',
    })
  })

  it('may be removed twice', () => {
    writeServerJson(file, RECORD)
    removeServerJson(file)
    removeServerJson(file)
    assert.equal(existsSync(file), false)
  })
})
