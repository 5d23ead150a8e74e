/** What `tsrv start` tells: a banner on a terminal, a log record elsewhere. */
import path from 'node:path'
import { isatty } from 'node:tty'
import type { Config } from '../../config/config.ts'
import { isInTerminal } from '../../entry/stop-signals.ts'
import type { Logger } from '../../server.ts'
import { ownVersion } from '../../util/version.ts'
import { printable, printLine, styled } from './terminal.ts'

export interface ReadyToShow {
  readonly urls: readonly string[]
  readonly workers: number
  readonly taskWorkers: number
  /** Tasks that an earlier server left to this one. */
  readonly resumed: number
  /** Where the admin listener answers, if there is one. */
  readonly admin?: string | undefined
  /** Number of files that are watched; absent when none are. */
  readonly watching?: number
}

export function printReady(server: ReadyToShow & { readonly config: Config }, log: Logger): void {
  const { urls, workers, taskWorkers, resumed, admin, watching, config } = server
  if (isPretty(config)) {
    const hint = isInTerminal() ? 'Ctrl+C stops' : 'tsrv stop stops'
    const { file } = config.log
    const logFile = file === undefined ? undefined : path.resolve(config.root, file)
    printBanner(server, { configFile: config.file, pid: process.pid, logFile, hint })
  }
  if (!isRecorded(config)) return
  const fields = {
    event: 'ready',
    urls,
    workers,
    taskWorkers,
    ...(resumed > 0 && { resumed }),
    ...(admin !== undefined && { admin }),
    ...(watching !== undefined && { watching }),
    version: ownVersion(),
    configFile: config.file,
    milliseconds: sinceStart(),
  }
  log.info(fields, 'Server is ready')
}

/** In the words of the call, so that they can be copied: with the `-c` that was given. */
export function printDetached(
  server: ReadyToShow & { readonly configFile: string | undefined; readonly pid: number },
  { file, logFile }: { readonly file: string | undefined; readonly logFile: string },
): void {
  const which = file === undefined ? '' : ` -c ${printable(file)}`
  const hint = `tsrv stop${which} stops, tsrv logs -f${which} shows ${printable(path.relative('', logFile))}`
  printBanner(server, { ...server, hint })
}

/** In the run directory. */
const TASK_STORE = 'tasks.db'

interface BannerEnd {
  readonly configFile: string | undefined
  /** Of the supervisor. */
  readonly pid: number
  /** Where the records are that a terminal does not show. */
  readonly logFile?: string | undefined
  readonly hint: string
}

function printBanner(
  { urls, workers, taskWorkers, resumed, admin, watching }: ReadyToShow,
  { configFile, pid, logFile, hint }: BannerEnd,
): void {
  const file = configFile === undefined ? undefined : path.relative('', configFile)
  const lines = [
    `${styled('bold', 'tsrv')} ${ownVersion()}  ${styled('cyan', urls.join('  '))}`,
    `  ${count(workers, 'HTTP worker')}, ${taskWorkers === 0 ? 'no task workers (-t N)' : count(taskWorkers, 'task worker')}`,
    `  ${file === undefined ? 'no config file' : `config ${printable(file)}`}, pid ${pid}${admin === undefined ? '' : `, admin ${admin}`}${logFile === undefined ? '' : `, log ${printable(path.relative('', logFile))}`}`,
    ...(resumed > 0 ? [`  resuming ${count(resumed, 'task')} from ${TASK_STORE}`] : []),
    ...(watching !== undefined ? [`  watching ${count(watching, 'file')}, a change reloads`] : []),
    `  ready in ${sinceStart()} ms; ${hint}`,
  ]
  printLine(lines.join('\n'))
}

/** Milliseconds since the process was started: what the user waited for. */
function sinceStart(): number {
  return Math.round(performance.now())
}

/** The run directory cannot be written. */
export function standInWarning(wanted: string, dir: string): string {
  return `⚠ ${printable(wanted)} cannot be written: sockets and records of this server are in ${printable(dir)}, and waiting tasks are kept in memory`
}

export function printWarning(text: string): void {
  printLine(styled('yellow', text, 'stderr'), 'stderr')
}

export function printStopping(reason: string, config: Config, log: Logger): void {
  // The terminal has echoed ^C at the begin of this line.
  const overwrite = reason === 'SIGINT' && isatty(0) && process.stdout.isTTY ? '\r' : ''
  if (isPretty(config)) printLine(`${overwrite}Stopping server (${reason}); once more to force ...`)
  if (isRecorded(config)) log.info({ event: 'stopping', reason }, 'Stopping server')
}

export interface StoppedToShow {
  readonly isGraceful: boolean
  readonly isForced: boolean
  readonly milliseconds: number
  readonly cut: object
  /** Processes that were killed, or died. */
  readonly broken: readonly string[]
}

/** Not on a terminal, where whoever stopped it sees the last line, and warnings above it. */
export function logStopped(stopped: StoppedToShow, config: Config, log: Logger): void {
  if (!isRecorded(config)) return
  const { isGraceful, isForced, milliseconds, cut, broken } = stopped
  if (isGraceful) log.info({ event: 'stopped', milliseconds }, 'Server stopped')
  else
    log.warn(
      { event: 'stopped', milliseconds, forced: isForced, cut, broken },
      'Server stopped, not gracefully',
    )
}

/** The last line, below which the prompt appears; logs have ended before it. */
export function printStopped(config: Config): void {
  if (isPretty(config)) printLine('Server stopped')
}

/** Lines for people instead of records. */
export function isPretty({ log }: Config): boolean {
  return log.pretty === 'auto' ? process.stdout.isTTY : log.pretty
}

/** Beside a terminal that shows it, a log file has a record of what happens. */
export function isRecorded(config: Config): boolean {
  return !isPretty(config) || config.log.file !== undefined
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`
}
