/**
 * `server.log`, where a server in the background writes. Opened to append, so that it may be truncated while the
 * server runs. Each start leaves a line in it, also one that failed.
 */
import { closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs'
import path from 'node:path'
import { messageOf, TsrvError } from '../errors.ts'

type Level = 'info' | 'warn' | 'fatal'

export class ServerLog implements Disposable {
  /** What the server gets as standard output and standard error. */
  readonly fd: number
  readonly #begin: number

  /** @throws TsrvError TSRV_RUN_DIR_UNUSABLE */
  constructor(file: string) {
    try {
      // Readable as well, for what a failed start has to say.
      this.fd = openSync(file, 'a+', 0o600)
    } catch (error) {
      const reason = messageOf(error)
      throw new TsrvError('RUN_DIR_UNUSABLE', { runDir: path.dirname(file), reason }, { cause: error })
    }
    this.#begin = fstatSync(this.fd).size
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

const LONGEST = 64 * 1024
const OURS = 'start'

function isNotOurs(line: string): boolean {
  return !line.includes(`"process":"${OURS}"`)
}
