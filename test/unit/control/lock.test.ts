import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import assert from 'node:assert/strict'
import { acquireLock, keepLock, readLock, type Lock } from '../../../src/control/lock.ts'
import { startTimeOf } from '../../../src/util/process-identity.ts'

const SELF = { pid: process.pid, startTime: startTimeOf(process.pid) ?? '' }
const GONE = { pid: process.pid, startTime: 'before this one' }
let folder = ''
let file = ''

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'tsrv-lock-'))
  file = path.join(folder, 'lock')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function acquired(result: ReturnType<typeof acquireLock>): Lock {
  assert.ok(!('heldBy' in result))
  return result
}

describe('the lock', () => {
  it('is given to the first one, and to nobody else while that one lives', () => {
    acquired(acquireLock(file, SELF))
    const other = { pid: process.ppid, startTime: startTimeOf(process.ppid) ?? '' }
    assert.deepEqual(acquireLock(file, other), { heldBy: SELF })
    assert.deepEqual(readLock(file), SELF)
  })

  it('stays with a process that has become another program, and with no other', () => {
    assert.equal(keepLock(file, SELF), undefined, 'nobody has it')
    acquired(acquireLock(file, SELF))
    keepLock(file, SELF)?.release()
    assert.equal(readLock(file), undefined)
    writeFileSync(file, JSON.stringify(GONE))
    assert.equal(keepLock(file, SELF), undefined, 'the number alone says nothing')
  })

  it('is free again after its release', () => {
    acquired(acquireLock(file, SELF)).release()
    assert.equal(readLock(file), undefined)
    acquired(acquireLock(file, SELF))
  })

  it('leaves no other files in the folder', () => {
    acquired(acquireLock(file, SELF))
    acquireLock(file, SELF)
    assert.deepEqual(readdirSync(folder), ['lock'])
  })

  it('is taken over from a process that is gone or whose pid was given to another', () => {
    writeFileSync(file, JSON.stringify(GONE))
    assert.equal(readLock(file), undefined)
    acquired(acquireLock(file, SELF))
    assert.deepEqual(JSON.parse(readFileSync(file, 'utf8')), SELF)
    assert.deepEqual(readdirSync(folder), ['lock'])
  })

  it('is taken over when its file is empty or nonsense', () => {
    for (const text of ['', '{', 'null', '{"pid":"1"}']) {
      writeFileSync(file, text)
      acquired(acquireLock(file, SELF)).release()
    }
  })

  it('is taken over although others died while they took it over', () => {
    writeFileSync(file, JSON.stringify(GONE))
    writeFileSync(`${file}.takeover`, JSON.stringify(GONE))
    writeFileSync(`${file}.takeover.takeover`, JSON.stringify(GONE))
    acquired(acquireLock(file, SELF))
    assert.deepEqual(readdirSync(folder), ['lock'])
  })

  it('goes to a living rival who is taking it over at this moment', () => {
    const rival = { pid: process.ppid, startTime: startTimeOf(process.ppid) ?? '' }
    writeFileSync(file, JSON.stringify(GONE))
    writeFileSync(`${file}.takeover`, JSON.stringify(rival))
    assert.deepEqual(acquireLock(file, SELF), { heldBy: rival })
  })

  it('is looked at a second time before it is taken over, so that a fresh one survives', () => {
    writeFileSync(file, JSON.stringify(GONE))
    const fresh = { pid: 1, startTime: 'fresh' }
    let looks = 0
    const result = acquireLock(file, SELF, (holder) => {
      looks += 1
      // Between the first look and the second one somebody else takes the stale lock.
      if (looks === 1) writeFileSync(file, JSON.stringify(fresh))
      return holder.startTime === fresh.startTime
    })
    assert.deepEqual(result, { heldBy: fresh })
    assert.deepEqual(JSON.parse(readFileSync(file, 'utf8')), fresh)
  })

  it('is taken afresh when another one has removed the stale file meanwhile', () => {
    writeFileSync(file, JSON.stringify(GONE))
    const nobody = 'nobody'
    let looks = 0
    const result = acquireLock(file, SELF, (holder) => {
      looks += 1
      // A rival finished its takeover up to the removal: the second look finds no file.
      if (looks === 1) rmSync(file)
      return holder.startTime === nobody
    })
    assert.ok(!('heldBy' in result))
    assert.deepEqual(JSON.parse(readFileSync(file, 'utf8')), SELF)
  })

  it('is left alone by a late release when it has become another one’s', () => {
    const lock = acquired(acquireLock(file, SELF))
    lock.release()
    const next = { pid: 1, startTime: 'next' }
    writeFileSync(file, JSON.stringify(next))
    lock.release()
    assert.deepEqual(JSON.parse(readFileSync(file, 'utf8')), next)
  })

  it('says so when the folder does not take it', () => {
    assert.throws(() => acquireLock(path.join(folder, 'no', 'lock'), SELF), { code: 'TSRV_RUN_DIR_UNUSABLE' })
  })
})
