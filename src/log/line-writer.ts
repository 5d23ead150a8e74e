/**
 * Writes finished lines to a descriptor that other processes may write to as well: gathered over one turn of the
 * event loop, in pieces small enough not to be torn, and without ever waiting for a reader that is slow or gone.
 */
import { writeSync } from 'node:fs'

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
  /** As `fs.writeSync`; for tests. */
  readonly write?: (fd: number, bytes: Buffer, offset: number) => number
  /** Blocks the thread; for tests. */
  readonly sleep?: (ms: number) => void
}

export class LineWriter {
  readonly #fd: number
  readonly #write: (fd: number, bytes: Buffer, offset: number) => number
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
  #isScheduled = false
  /** The reader is gone for good: nobody will ever read what is written here. */
  #isClosed = false

  constructor(fd: number, options: LineWriterOptions = {}) {
    const { write = writeSync, sleep = sleepSync, isEager = false, format = String } = options
    this.#fd = fd
    this.#write = write
    this.#sleep = sleep
    this.#isEager = isEager
    this.#format = format
  }

  /** @param line with its line end */
  write(line: string): void {
    if (this.#isClosed) return
    if (this.#bytes > MOST) {
      this.#dropped++
      return
    }
    this.#gather(line)
    if (this.#isScheduled) return
    if (this.#isEager) return this.#flushSome()
    this.#isScheduled = true
    setImmediate(() => this.#flushSome())
  }

  /** Writes all there is, waiting a little for a slow reader; the last thing before a process ends. */
  flush(): void {
    const endsAt = performance.now() + LAST_PATIENCE
    while (!this.#drain() && performance.now() < endsAt) this.#sleep(RETRY_AFTER)
  }

  #gather(line: string): void {
    if (this.#linesLength + line.length > ATOMIC) this.#seal()
    this.#lines.push(line)
    this.#linesLength += line.length
    this.#bytes += line.length
  }

  #flushSome(): void {
    this.#isScheduled = !this.#drain()
    // Not what keeps a process alive: its end flushes.
    if (this.#isScheduled) setTimeout(() => this.#flushSome(), RETRY_AFTER).unref()
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
      try {
        this.#offset += this.#write(this.#fd, piece, this.#offset)
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException
        if (code === 'EAGAIN') return false
        if (code !== 'EINTR') this.#close()
        continue
      }
      if (this.#offset < piece.length) continue
      this.#pieces.shift()
      this.#bytes -= piece.length
      this.#offset = 0
    }
    return true
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
      msg: 'Log records were dropped: the reader was too slow',
    }
    this.#gather(this.#format(`${JSON.stringify(record)}\n`))
  }
}

function sleepSync(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}
