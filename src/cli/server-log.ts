/**
 * The log of a server in the background, as the command that starts it sees it. Each start leaves a line in it, also one
 * that failed.
 */
import { accessSync, closeSync, constants, fstatSync, openSync, readSync, writeSync } from 'node:fs'
import { notedLogFile } from '../control/log-note.ts'
import type { RunDirectory } from '../control/run-directory.ts'
import { messageOf, TsrvError } from '../errors.ts'

type Level = 'info' | 'warn' | 'fatal'

/**
 * Before the configuration is known, the file of the server before is the best guess.
 *
 * @throws TsrvError TSRV_RUN_DIR_UNUSABLE
 */
export function openServerLog(paths: RunDirectory): ServerLog {
  const noted = notedLogFile(paths)
  // One that is not there is for the server to make, as it makes the others.
  if (noted !== paths.logFile && isUsable(noted)) return new ServerLog(noted)
  try {
    return new ServerLog(paths.logFile)
  } catch (error) {
    const reason = messageOf(error)
    throw new TsrvError('RUN_DIR_UNUSABLE', { runDir: paths.dir, reason }, { cause: error })
  }
}

/** The file that the server has found in its configuration; undefined when it is this one. */
export function followServerLog({ file }: ServerLog, paths: RunDirectory): ServerLog | undefined {
  const noted = notedLogFile(paths)
  return noted !== file && isUsable(noted) ? new ServerLog(noted, 0) : undefined
}

export class ServerLog implements Disposable {
  readonly file: string
  /** What the server gets as standard output and standard error. */
  readonly fd: number
  readonly #begin: number

  /** @param begin where the lines of this start begin; default: at the end of the file */
  constructor(file: string, begin?: number) {
    this.file = file
    // Readable as well, for what a failed start has to say.
    this.fd = openSync(file, 'a+', 0o600)
    this.#begin = begin ?? fstatSync(this.fd).size
  }

  /** What this start has led to so far: its last lines, without the records of `write`. */
  lastLines(most: number): string[] {
    const { size } = fstatSync(this.fd)
    const begin = Math.max(this.#begin, size - LONGEST)
    const bytes = Buffer.alloc(Math.max(0, size - begin))
    const text = bytes.toString('utf8', 0, readSync(this.fd, bytes, 0, bytes.length, begin))
    return text.split('\n').slice(0, -1).filter(isNotOurs).slice(-most)
  }

  /** A record like those of the server itself. */
  write(level: Level, msg: string, fields: Readonly<Record<string, unknown>> = {}): void {
    const time = new Date().toISOString()
    const record = { level, time, process: OURS, pid: process.pid, ...fields, msg }
    writeSync(this.fd, `${JSON.stringify(record)}\n`)
  }

  [Symbol.dispose](): void {
    closeSync(this.fd)
  }
}

function isUsable(file: string): boolean {
  try {
    accessSync(file, constants.R_OK | constants.W_OK)
    return true
  } catch {
    return false
  }
}

const LONGEST = 64 * 1024
const OURS = 'start'

function isNotOurs(line: string): boolean {
  return !line.includes(`"process":"${OURS}"`)
}
