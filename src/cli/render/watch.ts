/** What `tsrv start --watch` tells: lines on a terminal, log records elsewhere. */
import path from 'node:path'
import type { Config } from '../../config/config.ts'
import type { WatchNews } from '../../entry/watched-reloads.ts'
import type { TsrvError } from '../../errors.ts'
import type { Logger } from '../../server.ts'
import { printError } from './error.ts'
import { isPretty, isRecorded } from './server.ts'
import { printable, printLine, styled } from './terminal.ts'

export function printWatchNews(news: WatchNews, config: Config, log: Logger): void {
  if (isPretty(config)) printLine(lineOf(news))
  if (isRecorded(config)) record(news, log)
}

function lineOf(news: WatchNews): string {
  switch (news.is) {
    case 'reloading':
      return `${namesOf(news.files)} changed, reloading ...`
    case 'reloaded':
      return styled('green', `✓ ${partOf(news.replaced)} reloaded in ${news.ms} ms`)
    case 'unaffected':
      return styled('green', `✓ ${UNAFFECTED}`)
    case 'failed':
      return styled('red', printable(`✖ ${FAILED}: ${shortest(news.reason)}`))
    default:
      return news satisfies never
  }
}

function record(news: WatchNews, log: Logger): void {
  switch (news.is) {
    case 'reloading':
      return log.info(
        { event: 'reloading', changed: news.files },
        `${namesOf(news.files)} changed, reloading`,
      )
    case 'reloaded': {
      const { generation, replaced, ms } = news
      return log.info({ event: 'reloaded', generation, replaced, ms }, `Reloaded in ${ms} ms`)
    }
    case 'unaffected':
      return log.info({ event: 'unaffected' }, UNAFFECTED)
    case 'failed':
      return log.error({ event: 'reload-failed', reason: news.reason }, `${FAILED}: ${shortest(news.reason)}`)
    default:
      return news satisfies never
  }
}

const FAILED = 'Reload failed, the last good code keeps serving'
const UNAFFECTED = 'nothing that runs is affected'

/** A config with one problem is told of in a list of one, which needs neither sign nor count. */
function shortest(reason: string): string {
  return reason.endsWith('\n1 problem') ? reason.replace(/^✖ /, '').replace(/\n1 problem$/, '') : reason
}

/** A start that failed, and is tried again. */
export function printBroken(error: TsrvError): void {
  printError(error)
  printLine('Waiting for a file to change; Ctrl+C ends ...', 'stderr')
}

export function printMended(files: readonly string[]): void {
  printLine(`${namesOf(files)} changed, starting ...`, 'stderr')
}

export function printWatchTrouble(reason: string): void {
  const remedy = 'changes may go unnoticed; --poll needs no watches of the system'
  printLine(styled('yellow', printable(`⚠ ${reason}: ${remedy}`), 'stderr'), 'stderr')
}

/** More would only push away what is worth reading. */
const MOST_NAMES = 2

function namesOf(files: readonly string[]): string {
  const names = files.map((file) => printable(path.relative('', file)))
  if (names.length <= MOST_NAMES) return names.join(' and ')
  return `${names[0]} and ${names.length - 1} more files`
}

function partOf(replaced: readonly string[]): string {
  if (replaced.every((name) => name.startsWith('http '))) return 'HTTP workers'
  return replaced.every((name) => name.startsWith('task ')) ? 'task workers' : 'server'
}
