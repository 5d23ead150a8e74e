/** Opens the file of the store: as its only owner, checked, in the newest shape. */
import { chmodSync, closeSync, fsyncSync, openSync, statSync } from 'node:fs'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { messageOf, TsrvError } from '../../errors.ts'
import { faultOf, sqliteCode } from './faults.ts'
import { lockHolder } from './lock-holder.ts'
import { APPLICATION_ID, MIGRATIONS } from './migrations.ts'
import { isCut } from './wal-pages.ts'

/** `process`: what was answered survives the end of any process. `power`: that of the machine as well, for a sync of the disk per group. */
export type Durability = 'process' | 'power'

/** The predecessor of this process may be about to close it. */
const LOCK_PATIENCE = 2000

/** Bytes up to which a store that was not closed is read through; a bigger one would hold up the start for seconds. */
const CHECK_LIMIT = 256 * 2 ** 20

const BUSY = 5
const CORRUPT = 11
const NOT_A_DATABASE = 26

/**
 * @throws TsrvError TSRV_STORE_LOCKED, TSRV_STORE_TOO_NEW, TSRV_STORE_INVALID, TSRV_STORE_UNUSABLE
 */
export function openDatabase(file: string, durability: Durability): DatabaseSync {
  createPrivately(file)
  const wasClosed = sizeOf(`${file}-wal`) === 0
  if (!wasClosed) checkSize(file)
  let db: DatabaseSync | undefined
  try {
    db = new DatabaseSync(file, { timeout: LOCK_PATIENCE })
    // No other process will read: then the index of the log is not a shared file, which network disks cannot have.
    db.exec('PRAGMA locking_mode = EXCLUSIVE')
    checkOrigin(db, file)
    db.exec('PRAGMA journal_mode = WAL')
    // The lock is taken by writing, not by saying so.
    db.exec('BEGIN IMMEDIATE; COMMIT')
    checkPages(db, file, wasClosed)
    setUp(db, durability)
    migrate(db)
    return db
  } catch (error) {
    db?.close()
    throw openingError(error, file)
  }
}

function createPrivately(file: string): void {
  try {
    closeSync(openSync(file, 'wx', 0o600))
    const folder = openSync(path.dirname(file), 'r')
    fsyncSync(folder)
    closeSync(folder)
    return
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw openingError(error, file)
  }
  // By name: opening and closing it here would give up locks on it that this process holds.
  if ((statSync(file).mode & 0o077) !== 0) chmodSync(file, 0o600)
}

/** What SQLite would not say: it repairs a file that was cut with zeros, and throws the log of an empty one away. */
function checkSize(file: string): void {
  const size = sizeOf(file)
  if (size > 0 && !isCut(size, `${file}-wal`)) return
  const reason = size === 0 ? 'it has been emptied' : `it was cut after ${size} bytes`
  throw new TsrvError('STORE_INVALID', { file, reason })
}

/** Before anything is written: a database that is not ours, or not any more, stays as it is. */
function checkOrigin(db: DatabaseSync, file: string): void {
  const version = pragma(db, 'user_version')
  const application = pragma(db, 'application_id')
  const isEmpty = db.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined
  if (application === APPLICATION_ID && version > MIGRATIONS.length) {
    throw new TsrvError('STORE_TOO_NEW', { file, found: version, known: MIGRATIONS.length })
  }
  if (application === APPLICATION_ID || (isEmpty && application === 0)) return
  throw new TsrvError('STORE_INVALID', { file, reason: 'it is a database of another program' })
}

/** SQLite notices a missing page when it needs it, which may be after tasks have been accepted. */
function checkPages(db: DatabaseSync, file: string, wasClosed: boolean): void {
  if (!wasClosed && !emptyWal(db)) return
  const expected = pragma(db, 'page_count') * pragma(db, 'page_size')
  if (sizeOf(file) !== expected) {
    throw new TsrvError('STORE_INVALID', { file, reason: `it has ${sizeOf(file)} of ${expected} bytes` })
  }
  if (wasClosed || expected > CHECK_LIMIT) return
  const { quick_check: found } = db.prepare('PRAGMA quick_check(1)').get() ?? {}
  if (found !== 'ok') throw new TsrvError('STORE_INVALID', { file, reason: String(found) })
}

/** @returns false when the disk has no room for it: then the store can still be read, and emptied. */
function emptyWal(db: DatabaseSync): boolean {
  try {
    db.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    return true
  } catch (error) {
    if (faultOf(error).kind === 'place') return false
    throw error
  }
}

function setUp(db: DatabaseSync, durability: Durability): void {
  db.exec(`
    PRAGMA synchronous = ${durability === 'power' ? 'FULL' : 'NORMAL'};
    PRAGMA wal_autocheckpoint = 4000;
    PRAGMA journal_size_limit = ${64 * 2 ** 20};
    PRAGMA cache_size = -32000;
    PRAGMA temp_store = MEMORY;
  `)
}

function migrate(db: DatabaseSync): void {
  const from = pragma(db, 'user_version')
  if (from === MIGRATIONS.length) return
  const steps = MIGRATIONS.slice(from)
  db.exec(`BEGIN IMMEDIATE; PRAGMA application_id = ${APPLICATION_ID}`)
  for (const step of steps) db.exec(step)
  db.exec(`PRAGMA user_version = ${MIGRATIONS.length}; COMMIT`)
}

function pragma(db: DatabaseSync, name: string): number {
  return Number(Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0])
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0
}

function openingError(error: unknown, file: string): Error {
  if (error instanceof TsrvError) return error
  const code = sqliteCode(error)
  const reason = messageOf(error)
  if (code === BUSY) {
    const pid = lockHolder(file)
    return new TsrvError('STORE_LOCKED', { file, holder: pid === undefined ? '' : ` (pid ${pid})` })
  }
  if (code === CORRUPT || code === NOT_A_DATABASE) {
    return new TsrvError('STORE_INVALID', { file, reason }, { cause: error })
  }
  return new TsrvError('STORE_UNUSABLE', { file, reason }, { cause: error })
}
