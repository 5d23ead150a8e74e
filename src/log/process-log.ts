/**
 * The one log writer of a process: NDJSON, or readable lines on a terminal. Threads hand their lines to it, so
 * that lines of one process never tear.
 */
import pino from 'pino'
import type { Logger } from '../server.ts'
import { escapeJsonLine, escapePretty } from './escape.ts'
import { LineWriter } from './line-writer.ts'
import { prettyOptions } from './pretty.ts'

export interface ProcessLogOptions {
  readonly level: string
  /** Readable lines instead of NDJSON. */
  readonly pretty: boolean
  /** What every record of this process carries, e.g. `{ process: 'http 0' }`. */
  readonly fields: Readonly<Record<string, unknown>>
}

export interface ProcessLog {
  readonly logger: Logger
  /** Writes a finished record of a thread of this process. */
  writeLine(line: string): void
  /** Writes now what is still buffered; the last thing before a process ends. */
  flush(): void
}

interface Sink {
  write(line: string): void
  flush(): void
}

export async function openProcessLog(options: ProcessLogOptions): Promise<ProcessLog> {
  // Node puts a pipe into non-blocking mode when it makes this stream. Otherwise a write to a full one would wait for its
  // reader, and every request with it.
  void process.stdout
  const sink = options.pretty ? await prettySink() : jsonSink()
  return {
    logger: pino(pinoOptions(options), { write: (line: string) => sink.write(line) }),
    writeLine: (line) => sink.write(line),
    flush: () => sink.flush(),
  }
}

/** A logger whose records are finished here and written elsewhere: the log of a task worker thread. */
export function forwardingLogger(
  options: Omit<ProcessLogOptions, 'pretty'>,
  write: (line: string) => void,
): Logger {
  return pino(pinoOptions(options), { write })
}

function pinoOptions({ level, fields }: Omit<ProcessLogOptions, 'pretty'>): pino.LoggerOptions {
  return {
    level,
    base: { ...fields },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    // Both names are used for errors, and an Error without a serializer is written as {}.
    serializers: { err: errorFields, error: errorFields },
  }
}

/** As pino's own serializer, which adds the messages of causes: not those that are quoted already, as ours do. */
function errorFields(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const { cause, message } = error
  const isQuoted = cause instanceof Error && message.includes(cause.message)
  const fields = pino.stdSerializers.err(error)
  return isQuoted ? { ...fields, message } : fields
}

function jsonSink(): Sink {
  const stdout = new LineWriter(1)
  return {
    write: (line) => stdout.write(escapeJsonLine(line)),
    flush: () => stdout.flush(),
  }
}

async function prettySink(): Promise<Sink> {
  const { prettyFactory } = await import('pino-pretty')
  const format = prettyFactory(prettyOptions(process.stdout.isTTY && process.stdout.hasColors()))
  // At once: the command line prints to the same terminal.
  const stdout = new LineWriter(1, { isEager: true, format })
  return { write: (line) => stdout.write(format(escapePretty(line))), flush: () => stdout.flush() }
}
