/**
 * The one log writer of a process: NDJSON, or readable lines on a terminal. Threads hand their lines to it, and what
 * the program prints goes through it, so that lines of one process never tear.
 */
import pino from 'pino'
import type { Logger } from '../server.ts'
import type { LogPlace } from '../wire/messages.ts'
import { escapeJsonLine, escapePretty } from './escape.ts'
import { LineWriter } from './line-writer.ts'
import { LogFile } from './log-file.ts'
import { type Outlet, standardOutlet } from './outlet.ts'
import { prettyOptions } from './pretty.ts'
import { divert, isOneOutput } from './prints.ts'

export interface ProcessLogOptions {
  readonly level: string
  /** Readable lines instead of NDJSON. */
  readonly pretty: boolean
  /** What every record of this process carries, e.g. `{ process: 'http 0' }`. */
  readonly fields: Readonly<Record<string, unknown>>
  /** Without it records go to standard output. */
  readonly place?: LogPlace | undefined
  /** The process is ours: what its program prints is taken along. */
  readonly takesPrints?: boolean
}

export interface ProcessLog {
  readonly logger: Logger
  /** Writes a finished record of a thread of this process. */
  writeLine(line: string): void
  /** Writes records now instead of at the end of this turn, without waiting for their reader. */
  hurry(): void
  /** Writes now what is still buffered; the last thing before a process ends. */
  flush(): void
  /** Flushes, and gives what the program prints back to Node. */
  close(): void
  /** What new processes get as standard output and standard error; undefined: they inherit those of this one. */
  output(): number | undefined
}

export async function openProcessLog(options: ProcessLogOptions): Promise<ProcessLog> {
  const { place, pretty, takesPrints = false } = options
  const { escape, format } = pretty ? await readable(place) : JSON_LINES
  const file = place && new LogFile(place.file)
  const outlet = file ?? standardOutlet(1)
  // At once: the command line prints to the same terminal.
  const records = new LineWriter(outlet, { isEager: pretty, format })
  const prints = takesPrints ? takePrints({ records, format, place }) : undefined
  const write = (line: string): void => records.write(format(escape(line)))
  const flush = (): void => {
    records.flush()
    prints?.flush()
  }
  return {
    logger: pino(pinoOptions(options), { write }),
    writeLine: write,
    hurry: () => records.hurry(),
    flush,
    close: () => {
      flush()
      prints?.close()
      outlet.close()
    },
    output: () => (place?.isOutput === true ? file?.descriptor() : undefined),
  }
}

interface LineForm {
  readonly escape: (line: string) => string
  readonly format: (line: string) => string
}

const JSON_LINES: LineForm = { escape: escapeJsonLine, format: String }

async function readable(place: LogPlace | undefined): Promise<LineForm> {
  const { prettyFactory } = await import('pino-pretty')
  const isColoured = place === undefined && process.stdout.isTTY && process.stdout.hasColors()
  return { escape: escapePretty, format: prettyFactory(prettyOptions(isColoured)) }
}

interface Prints {
  flush(): void
  close(): void
}

/** Where records go to the same place, both have one writer. */
function takePrints({ records, format, place }: Pick<LineForm, 'format'> & PrintsPlace): Prints {
  const outlets: Outlet[] = []
  const writerOf = (fd: 1 | 2): LineWriter => {
    const outlet = standardOutlet(fd)
    outlets.push(outlet)
    return new LineWriter(outlet, { format })
  }
  const isInFile = place?.isOutput === true
  const out = place === undefined || isInFile ? records : writerOf(1)
  const err = isInFile || isOneOutput() ? out : writerOf(2)
  const giveBack = [divert(process.stdout, out), divert(process.stderr, err)]
  return {
    flush: () => [out, err].forEach((writer) => writer.flush()),
    close: () => {
      for (const give of giveBack) give()
      for (const outlet of outlets) outlet.close()
    },
  }
}

interface PrintsPlace {
  readonly records: LineWriter
  readonly place: LogPlace | undefined
}

/** A logger whose records are finished here and written elsewhere: the log of a task worker thread. */
export function forwardingLogger(
  options: Pick<ProcessLogOptions, 'level' | 'fields'>,
  write: (line: string) => void,
): Logger {
  return pino(pinoOptions(options), { write })
}

function pinoOptions({ level, fields }: Pick<ProcessLogOptions, 'level' | 'fields'>): pino.LoggerOptions {
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
