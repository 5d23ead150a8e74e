/**
 * The end of a log file, and what is appended to it. The file is asked again and again rather than watched: that
 * also works on network and container file systems, and sees when it was truncated or another one took its name.
 */
import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'

export interface TailOptions {
  /** How many of the last lines; Infinity for all. */
  readonly lines: number
  /** Go on with what is appended, until the signal. Without it the end of the file is the end. */
  readonly follow?: AbortSignal | undefined
}

/**
 * Lines without their line ends, as many at a time as were read at once. While following, a line that is not
 * complete yet is held back.
 *
 * @throws what `open` throws, if the file cannot be read at the beginning
 */
export async function* tail(file: string, { lines, follow }: TailOptions): AsyncGenerator<readonly string[]> {
  const logs = [new OpenLog(file)]
  try {
    logs[0]?.seekLast(lines)
    for (const log of logs) yield* log.newLines()
    if (follow !== undefined) yield* whatComes(logs, file, follow)
    for (const log of logs) yield* log.rest()
  } finally {
    for (const log of logs) log.close()
  }
}

/** @param logs the one that has the name comes last; before it those that lines may still go to */
async function* whatComes(
  logs: OpenLog[],
  file: string,
  signal: AbortSignal,
): AsyncGenerator<readonly string[]> {
  while (await pause(signal)) {
    // The first of all, if any.
    const over = logs.filter(({ isOver }) => isOver)
    for (const log of logs) yield* log.newLines()
    for (const log of over) {
      yield* log.rest()
      logs.shift()
      log.close()
    }
    const current = logs.at(-1)
    if (current?.hasName(file) !== false) continue
    const next = openIfThere(file)
    if (next === undefined) continue
    current.endsSoon()
    logs.push(next)
    yield* next.newLines()
  }
}

const POLL = 100
/** Milliseconds for which processes of a server may write to a file that was moved: they look once a second. */
const LATE = 2000

/** False once the signal says that it is enough. */
async function pause(signal: AbortSignal): Promise<boolean> {
  try {
    await setTimeout(POLL, undefined, { signal })
    return true
  } catch (error) {
    if (signal.aborted) return false
    throw error
  }
}

const PIECE = 64 * 1024
const LINE_END = 0x0a

/** One open file, read forward from a position. */
class OpenLog {
  readonly #fd: number
  #endsAt = Number.POSITIVE_INFINITY
  #position = 0
  /** Bytes of a line whose end has not been read; as bytes, because a character may have been cut as well. */
  #begun: Buffer = Buffer.alloc(0)

  constructor(name: string) {
    this.#fd = openSync(name, 'r')
  }

  /** Looks backwards for the beginning of the last `lines` lines. */
  seekLast(lines: number): void {
    if (lines === Number.POSITIVE_INFINITY) return
    const { size } = fstatSync(this.#fd)
    // The line end of the last line begins no line.
    let toFind = endsLine(this.#fd, size) ? lines + 1 : lines
    for (let end = size; end > 0; end -= PIECE) {
      const start = Math.max(0, end - PIECE)
      const piece = read(this.#fd, start, end - start)
      for (let at = piece.length; toFind > 0; toFind--) {
        at = at === 0 ? -1 : piece.lastIndexOf(LINE_END, at - 1)
        if (at === -1) break
        if (toFind === 1) {
          this.#position = start + at + 1
          return
        }
      }
    }
    if (lines === 0) this.#position = size
  }

  /** Whole lines up to the present end; from the beginning, if the file has become shorter. */
  *newLines(): Generator<readonly string[]> {
    if (fstatSync(this.#fd).size < this.#position) {
      yield* this.rest()
      this.#position = 0
    }
    for (;;) {
      const piece = read(this.#fd, this.#position, PIECE)
      if (piece.length === 0) return
      this.#position += piece.length
      const end = piece.lastIndexOf(LINE_END)
      const bytes = Buffer.concat([this.#begun, piece.subarray(0, end + 1)])
      this.#begun = end === -1 ? Buffer.concat([this.#begun, piece]) : piece.subarray(end + 1)
      if (end !== -1) yield bytes.toString('utf8', 0, bytes.length - 1).split('\n')
    }
  }

  /** What stands after the last line end. */
  *rest(): Generator<readonly string[]> {
    if (this.#begun.length > 0) yield [this.#begun.toString('utf8')]
    this.#begun = Buffer.alloc(0)
  }

  /** False when another file has the name; a name without a file will get one. */
  hasName(name: string): boolean {
    const now = statSync(name, { bigint: true, throwIfNoEntry: false })
    const { ino, dev } = fstatSync(this.#fd, { bigint: true })
    return now === undefined || (now.ino === ino && now.dev === dev)
  }

  endsSoon(): void {
    this.#endsAt = performance.now() + LATE
  }

  /** Nobody writes to it any more. */
  get isOver(): boolean {
    return performance.now() > this.#endsAt
  }

  close(): void {
    closeSync(this.#fd)
  }
}

function openIfThere(file: string): OpenLog | undefined {
  try {
    return new OpenLog(file)
  } catch (error) {
    // Gone again, in this very moment.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

function endsLine(fd: number, size: number): boolean {
  return size > 0 && read(fd, size - 1, 1)[0] === LINE_END
}

function read(fd: number, position: number, length: number): Buffer {
  const bytes = Buffer.alloc(length)
  return bytes.subarray(0, readSync(fd, bytes, 0, length, position))
}
