import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { type ChildRecord, writeServerJson } from '../../../src/control/server-json.ts'
import { removeLeftovers } from '../../../src/supervisor/leftovers.ts'
import { startTimeOf } from '../../../src/util/process-identity.ts'

describe('leftovers of a killed server', () => {
  let dir = ''
  let file = ''
  let child: ChildProcess
  beforeEach(async () => {
    dir = mkdtempSync(path.join(tmpdir(), 'tsrv-leftovers-'))
    file = path.join(dir, 'server.json')
    child = spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' })
    await once(child, 'spawn')
  })
  afterEach(() => {
    child.kill('SIGKILL')
    rmSync(dir, { recursive: true, force: true })
  })

  function record(startTime: string): ChildRecord {
    const left: ChildRecord = { role: 'http', slot: 0, pid: child.pid ?? 0, startTime }
    const server = {
      version: '1.0.0',
      name: 'tsrv',
      pid: 1,
      startTime: 'long ago',
      startedAt: '',
      urls: [],
      root: dir,
    }
    writeServerJson(file, { ...server, children: [left] })
    return left
  }

  const kill = (pid: number, signal: 'SIGKILL' | 0): void => void process.kill(pid, signal)

  it('are killed, and gone when that is told', async () => {
    const left = record(startTimeOf(child.pid ?? 0) ?? '')
    const exit = once(child, 'exit')
    assert.deepEqual(await removeLeftovers(file, kill), [left])
    assert.equal((await exit)[1], 'SIGKILL')
  })

  it('are not strangers that were given the same pid', async () => {
    record('another time')
    assert.deepEqual(await removeLeftovers(file, () => assert.fail('killed')), [])
    assert.equal(child.exitCode ?? child.signalCode, null)
  })

  it('may end by themselves in that very moment', async () => {
    const left = record(startTimeOf(child.pid ?? 0) ?? '')
    const tooLate = (pid: number, signal: 'SIGKILL' | 0): void => {
      if (signal === 'SIGKILL') process.kill(pid, signal)
      throw Object.assign(new Error('kill ESRCH'), { code: 'ESRCH' })
    }
    assert.deepEqual(await removeLeftovers(file, tooLate), [left])
  })

  it('are none where no server has been', async () => {
    assert.deepEqual(await removeLeftovers(file, () => assert.fail('killed')), [])
  })
})
