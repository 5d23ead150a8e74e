/**
 * A log file that may be moved away while it is written: the writer notices that its name belongs to another file, or
 * to none, and goes on in that one. Several processes append to the same file.
 */
import { closeSync, constants, fstatSync, mkdirSync, openSync, statSync } from 'node:fs'
import path from 'node:path'
import { messageOf, TsrvError } from '../errors.ts'
import { type Outlet, writeSome } from './outlet.ts'

/** Milliseconds for which lines may still go to a file that was moved. */
const LOOK_EVERY = 1000
/** Milliseconds from a write that failed to the next: the disk may have space again. */
const RETRY_AFTER = 250
/** The group may read, as programs that collect logs do; nobody else, because URLs may hold what is secret. */
const MODE = 0o640
const FOLDER_MODE = 0o750
// Non-blocking for the case that it is a pipe with a name, or a terminal.
const APPEND =
  constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK | constants.O_NOCTTY

export class LogFile implements Outlet {
  readonly #name: string
  readonly #now: () => number
  readonly #writeSome: typeof writeSome
  #fd: number | undefined
  #lookAt = 0
  #retryAt = 0

  constructor(name: string, { now = () => performance.now(), write = writeSome } = {}) {
    this.#name = name
    this.#now = now
    this.#writeSome = write
  }

  /** Never throws: what cannot be written now may be later. */
  write(bytes: Buffer, offset: number): number {
    const now = this.#now()
    if (now < this.#retryAt) return 0
    try {
      // A piece that is partly written is finished where it was begun.
      const fd = offset > 0 || now < this.#lookAt ? this.#fd : undefined
      return this.#writeSome(fd ?? this.#look(now), bytes, offset)
    } catch {
      this.#retryAt = now + RETRY_AFTER
      return 0
    }
  }

  /** The file that has the name now, for the standard output of a new process; undefined if it cannot be opened. */
  descriptor(): number | undefined {
    try {
      return this.#look(this.#now())
    } catch {
      return undefined
    }
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd)
    this.#fd = undefined
  }

  #look(now: number): number {
    this.#lookAt = now + LOOK_EVERY
    const before = this.#fd
    if (before === undefined) return (this.#fd = openToAppend(this.#name))
    if (isFile(this.#name, before)) return before
    try {
      this.#fd = openToAppend(this.#name, fstatSync(before).mode & 0o777)
    } catch {
      // Better in the old one than nowhere.
      return before
    }
    closeSync(before)
    return this.#fd
  }
}

/**
 * Makes the file and its folder if there are none.
 *
 * @throws TsrvError TSRV_LOG_FILE_UNUSABLE
 */
export function requireLogFile(name: string): void {
  try {
    closeSync(openToAppend(name))
  } catch (error) {
    throw new TsrvError('LOG_FILE_UNUSABLE', { file: name, reason: messageOf(error) }, { cause: error })
  }
}

function openToAppend(name: string, mode: number = MODE): number {
  mkdirSync(path.dirname(name), { recursive: true, mode: FOLDER_MODE })
  return openSync(name, APPEND, mode)
}

/** Exact numbers: some file systems have inodes beyond 2^53. */
function isFile(name: string, fd: number): boolean {
  let there
  try {
    there = statSync(name, { bigint: true })
  } catch {
    return false
  }
  const { dev, ino } = fstatSync(fd, { bigint: true })
  return there.ino === ino && there.dev === dev
}
