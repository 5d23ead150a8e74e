/**
 * The lock that decides between two starts at once. A file names its holder by pid and start time, so that
 * the lock of a process that died needs no cleaning up: the next one takes it over.
 */
import { randomBytes } from 'node:crypto'
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { messageOf, TsrvError } from '../errors.ts'
import { isSameProcess, type ProcessIdentity } from '../util/process-identity.ts'

export interface Lock {
  /** Idempotent; leaves the file alone if it has become another process's. */
  release(): void
  [Symbol.dispose](): void
}

export interface LockRefusal {
  readonly heldBy: ProcessIdentity
}

/**
 * Takes the lock for `self`, from nobody or from a process that is gone.
 *
 * @param isAlive for tests; default: pid and start time, see util/process-identity.ts
 * @throws TsrvError `TSRV_RUN_DIR_UNUSABLE` when the folder of `file` does not take it
 * @example
 * const lock = acquireLock(paths.lock, self)
 * if ('heldBy' in lock) throw new TsrvError('ALREADY_RUNNING', { pid: lock.heldBy.pid, runDir: paths.dir })
 */
export function acquireLock(
  file: string,
  self: ProcessIdentity,
  isAlive = isSameProcess,
): Lock | LockRefusal {
  const ours = `${file}.${self.pid}-${randomBytes(6).toString('hex')}`
  try {
    writeFileSync(ours, JSON.stringify(self), { mode: 0o600, flag: 'wx' })
    const heldBy = take(file, { self, ours, isAlive })
    return heldBy === undefined ? lockOn(file, self) : { heldBy }
  } catch (error) {
    throw new TsrvError(
      'RUN_DIR_UNUSABLE',
      { runDir: path.dirname(file), reason: messageOf(error) },
      { cause: error },
    )
  } finally {
    rmSync(ours, { force: true })
  }
}

/** @returns the lock that this very process took as another program (execve), if it did. */
export function keepLock(file: string, self: ProcessIdentity): Lock | undefined {
  const holder = readHolder(file)
  return holder?.pid === self.pid && holder.startTime === self.startTime ? lockOn(file, self) : undefined
}

/** @returns the living holder, or undefined: nobody holds the lock, or someone who is gone. */
export function readLock(file: string, isAlive = isSameProcess): ProcessIdentity | undefined {
  const holder = readHolder(file)
  return holder !== undefined && isAlive(holder) ? holder : undefined
}

interface Contender {
  readonly self: ProcessIdentity
  /** A finished lock file of our own under another name: the lock never shows half a text. */
  readonly ours: string
  readonly isAlive: (process: ProcessIdentity) => boolean
}

// Each level stands for one more process that died while it took over.
const DEEPEST = 4
const ATTEMPTS = 100

/**
 * Two contenders may both find a stale lock, and the slower one must not throw away the lock that the quicker
 * one has just taken. So a stale file is removed only under a lock of its own, after a second look.
 *
 * @returns who was first, or undefined when we were.
 */
function take(file: string, contender: Contender, depth = 0): ProcessIdentity | undefined {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    if (linkNew(contender.ours, file)) return undefined
    const holder = readLock(file, contender.isAlive)
    if (holder !== undefined) return holder
    if (depth === DEEPEST) break

    const takeover = `${file}.takeover`
    const rival = take(takeover, contender, depth + 1)
    if (rival !== undefined) return rival
    try {
      if (isStale(file, contender.isAlive)) rmSync(file)
    } finally {
      removeIfOurs(takeover, contender.self)
    }
  }
  throw new Error(`${file} stays although its process is gone; remove it by hand`)
}

/**
 * A missing file is not stale: another contender has just removed it and may make its own at any moment, which
 * must not be removed as well.
 */
function isStale(file: string, isAlive: Contender['isAlive']): boolean {
  const text = readText(file)
  if (text === undefined) return false
  const holder = parseHolder(text)
  return holder === undefined || !isAlive(holder)
}

function lockOn(file: string, self: ProcessIdentity): Lock {
  const release = (): void => removeIfOurs(file, self)
  return { release, [Symbol.dispose]: release }
}

function removeIfOurs(file: string, self: ProcessIdentity): void {
  const holder = readHolder(file)
  if (holder?.pid === self.pid && holder.startTime === self.startTime) rmSync(file, { force: true })
}

/** Creates `file` with all its text in one step; false when it is there already. */
function linkNew(source: string, file: string): boolean {
  try {
    linkSync(source, file)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
}

function readHolder(file: string): ProcessIdentity | undefined {
  return parseHolder(readText(file) ?? '')
}

/** A text that cannot be understood names no holder: ours always appear whole. */
function parseHolder(text: string): ProcessIdentity | undefined {
  try {
    const found: unknown = JSON.parse(text)
    return isIdentity(found) ? found : undefined
  } catch {
    return undefined
  }
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

function isIdentity(found: unknown): found is ProcessIdentity {
  if (typeof found !== 'object' || found === null) return false
  return (
    'pid' in found &&
    typeof found.pid === 'number' &&
    'startTime' in found &&
    typeof found.startTime === 'string'
  )
}
