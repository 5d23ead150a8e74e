/**
 * Writes finished lines to an outlet that other processes may write to as well: gathered over one turn of the event
 * loop, in pieces small enough not to be torn. What the outlet cannot take is kept for it, up to a limit.
 */
import type { Outlet } from './outlet.ts'

// Writes up to PIPE_BUF (4096 bytes on Linux) are atomic on a pipe; a larger one could mix with other processes'.
const ATOMIC = 4096
/** Bytes kept for a reader that is behind; what comes then is dropped and counted. */
const MOST = 8 * 1024 * 1024
const RETRY_AFTER = 10
/** Milliseconds that the last flush of a process waits for a slow reader. */
const LAST_PATIENCE = 500

export interface LineWriterOptions {
  /** Writes each line at once as long as the reader keeps up, instead of gathering those of a turn. */
  readonly isEager?: boolean
  /** How the writer's own records look; default: as they are, in JSON. */
  readonly format?: (record: string) => string
  /** Blocks the thread; for tests. */
  readonly sleep?: (ms: number) => void
}

export class LineWriter {
  readonly #outlet: Pick<Outlet, 'write'>
  readonly #sleep: (ms: number) => void
  readonly #isEager: boolean
  readonly #format: (record: string) => string
  /** Pieces of whole lines; the first may be partly written. */
  #pieces: Buffer[] = []
  #offset = 0
  #lines: string[] = []
  #linesLength = 0
  #bytes = 0
  #dropped = 0
  #patience = LAST_PATIENCE
  /** The lines of this turn are written at its end. */
  #isScheduled = false
  /** The outlet was full, and is tried again later. */
  #isBehind = false
  /** The reader is gone for good: nobody will ever read what is written here. */
  #isClosed = false

  constructor(outlet: Pick<Outlet, 'write'>, options: LineWriterOptions = {}) {
    const { sleep = sleepSync, isEager = false, format = String } = options
    this.#outlet = outlet
    this.#sleep = sleep
    this.#isEager = isEager
    this.#format = format
  }

  /** @param line with its line end */
  write(line: string): void {
    if (!this.#hasRoom()) return
    this.#gather(line)
    if (this.#isEager) this.#flushSome()
    else if (!this.#isBehind && !this.#isScheduled) {
      this.#isScheduled = true
      setImmediate(() => {
        this.#isScheduled = false
        this.#flushSome()
      })
    }
  }

  /** Writes at once, after the lines before: it may be the last thing that a program says before it gets stuck. */
  print(text: Buffer): void {
    if (text.length === 0 || !this.#hasRoom()) return
    this.#seal()
    this.#pieces.push(text)
    this.#bytes += text.length
    this.#flushSome()
  }

  /** Writes what this turn has gathered so far, without waiting for anybody. */
  hurry(): void {
    if (this.#lines.length > 0) this.#flushSome()
  }

  /** Writes all there is, waiting a little for a slow reader; the last thing before a process ends. */
  flush(): void {
    const endsAt = performance.now() + this.#patience
    let isDone = this.#drain()
    while (!isDone && performance.now() < endsAt) {
      this.#sleep(RETRY_AFTER)
      isDone = this.#drain()
    }
    // Once for a reader that stays full, however often a process flushes at its end.
    this.#patience = isDone ? LAST_PATIENCE : 0
  }

  #gather(line: string): void {
    if (this.#linesLength + line.length > ATOMIC) this.#seal()
    this.#lines.push(line)
    this.#linesLength += line.length
    this.#bytes += line.length
  }

  #flushSome(): void {
    if (this.#isBehind || this.#drain()) return
    this.#isBehind = true
    // Not what keeps a process alive: its end flushes.
    setTimeout(() => {
      this.#isBehind = false
      this.#flushSome()
    }, RETRY_AFTER).unref()
  }

  #hasRoom(): boolean {
    if (this.#isClosed) return false
    if (this.#bytes > MOST) this.#dropped++
    return this.#bytes <= MOST
  }

  /** False when the reader cannot take more now. */
  #drain(): boolean {
    while (!this.#isClosed) {
      this.#seal()
      const piece = this.#pieces[0]
      if (piece === undefined) {
        if (this.#dropped === 0) break
        this.#reportDropped()
        continue
      }
      if (!this.#writeSome(piece)) return this.#isClosed
      if (this.#offset < piece.length) continue
      this.#pieces.shift()
      this.#bytes -= piece.length
      this.#offset = 0
    }
    return true
  }

  /** False when nothing of it was taken. */
  #writeSome(piece: Buffer): boolean {
    try {
      const taken = this.#outlet.write(piece, this.#offset)
      this.#offset += taken
      return taken > 0
    } catch {
      this.#close()
      return false
    }
  }

  #seal(): void {
    if (this.#lines.length === 0) return
    const piece = Buffer.from(this.#lines.join(''))
    this.#bytes += piece.length - this.#linesLength
    this.#pieces.push(piece)
    this.#lines = []
    this.#linesLength = 0
  }

  #close(): void {
    this.#isClosed = true
    this.#pieces = []
    this.#lines = []
  }

  #reportDropped(): void {
    const dropped = this.#dropped
    this.#dropped = 0
    const record = {
      level: 'warn',
      time: new Date().toISOString(),
      dropped,
      msg: 'Log records were dropped: nothing took them in time',
    }
    this.#gather(this.#format(`${JSON.stringify(record)}\n`))
  }
}

function sleepSync(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}
