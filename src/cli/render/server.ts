/** What `tsrv start` tells: a banner on a terminal, a log record elsewhere. */
import path from 'node:path'
import type { Config } from '../../config/config.ts'
import type { Logger } from '../../server.ts'
import { ownVersion } from '../../util/version.ts'
import { printable, printLine, styled } from './terminal.ts'

export interface Banner {
  readonly urls: readonly string[]
  readonly workers: number
  readonly taskWorkers: number
  readonly config: Config
}

export function printBanner({ urls, workers, taskWorkers, config }: Banner, log: Logger): void {
  // Since the process was started: what the user waited for.
  const milliseconds = Math.round(performance.now())
  const file = config.file === undefined ? undefined : path.relative(process.cwd(), config.file)
  if (!isPretty(config)) {
    const fields = {
      event: 'ready',
      urls,
      workers,
      taskWorkers,
      version: ownVersion(),
      configFile: config.file,
      milliseconds,
    }
    log.info(fields, 'Server is ready')
    return
  }
  const stop = process.stdin.isTTY ? 'Ctrl+C stops' : `tsrv stop stops`
  const lines = [
    `${styled('bold', 'tsrv')} ${ownVersion()}  ${styled('cyan', urls.join('  '))}`,
    `  ${count(workers, 'HTTP worker')}, ${taskWorkers === 0 ? 'no task workers (-t N)' : count(taskWorkers, 'task worker')}`,
    `  ${file === undefined ? 'no config file' : `config ${printable(file)}`}, pid ${process.pid}`,
    `  ready in ${milliseconds} ms; ${stop}`,
  ]
  printLine(lines.join('\n'))
}

export function printWarning(text: string): void {
  printLine(styled('yellow', text, 'stderr'), 'stderr')
}

export function printStopping(reason: string, config: Config, log: Logger): void {
  // The terminal has echoed ^C at the begin of this line.
  const overwrite = reason === 'SIGINT' && process.stdin.isTTY && process.stdout.isTTY ? '\r' : ''
  if (isPretty(config)) printLine(`${overwrite}Stopping server (${reason}); once more to force ...`)
  else log.info({ event: 'stopping', reason }, 'Stopping server')
}

/** The last line, below which the prompt appears; logs have ended before it. */
export function printStopped(config: Config): void {
  if (isPretty(config)) printLine('Server stopped')
}

function isPretty({ log }: Config): boolean {
  return log.pretty === 'auto' ? process.stdout.isTTY : log.pretty
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`
}
