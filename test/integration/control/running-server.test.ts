import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import assert from 'node:assert/strict'
import { acquireLock } from '../../../src/control/lock.ts'
import {
  locateRunDirectory,
  openRunDirectory,
  type RunDirectory,
} from '../../../src/control/run-directory.ts'
import { findRunningServer } from '../../../src/control/running-server.ts'
import { writeServerJson } from '../../../src/control/server-json.ts'
import { ControlServer } from '../../../src/control/server.ts'
import { startTimeOf } from '../../../src/util/process-identity.ts'
import { STATUS } from '../../fixtures/control-status.ts'

const SELF = { pid: process.pid, startTime: startTimeOf(process.pid) ?? '' }
const GONE = { pid: process.pid, startTime: 'before this one' }
let folder = ''
let paths: RunDirectory

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'tsrv-running-'))
  paths = locateRunDirectory({ root: folder })
  openRunDirectory(paths)
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function record(self: typeof SELF): void {
  const rest = { version: '1', name: 'x', startedAt: '', urls: [], root: folder, children: [] }
  writeServerJson(paths.serverJson, { ...rest, ...self })
}

describe('finding a running server', () => {
  it('finds none in an empty folder, nor where there is no folder', async () => {
    assert.equal(await findRunningServer(paths), undefined)
    assert.equal(await findRunningServer(locateRunDirectory({ root: path.join(folder, 'no') })), undefined)
  })

  it('finds the one that answers, with its status', async () => {
    await using control = new ControlServer()
    await control.start(paths.controlSocket, {
      status: () => STATUS,
      stop() {},
      reload: () => Promise.reject(new Error('not asked for')),
      scale: () => Promise.reject(new Error('not asked for')),
      restart: () => Promise.reject(new Error('not asked for')),
      askTasks: () => Promise.reject(new Error('not asked for')),
      work: () => 0,
      orderWork: () => false,
    })
    assert.deepEqual(await findRunningServer(paths), { pid: process.pid, status: STATUS })
    record(SELF)
    assert.deepEqual(await findRunningServer(paths), { ...SELF, status: STATUS })
  })

  it('finds one that is still starting by its lock', async () => {
    assert.equal('heldBy' in acquireLock(paths.lock, SELF), false)
    assert.deepEqual(await findRunningServer(paths), SELF)
  })

  it('finds one whose control socket was removed by its record', async () => {
    record(SELF)
    assert.deepEqual(await findRunningServer(paths), SELF)
  })

  it('is not fooled by files of a server whose pid was given to another process', async () => {
    record(GONE)
    writeFileSync(paths.lock, JSON.stringify(GONE))
    writeFileSync(paths.controlSocket, '')
    assert.equal(await findRunningServer(paths), undefined)
  })

  it('finds one that is stuck, after the deadline', async () => {
    const stuck = createServer((socket) => socket.on('error', () => {}).resume()).listen(paths.controlSocket)
    await once(stuck, 'listening')
    try {
      record(SELF)
      assert.deepEqual(await findRunningServer(paths, { timeout: 30 }), SELF)
      record(GONE)
      await assert.rejects(findRunningServer(paths, { timeout: 30 }), { code: 'TSRV_CONTROL_FAILED' })
    } finally {
      stuck.close()
    }
  })
})
