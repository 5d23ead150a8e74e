/** What a restart has done. */
import type { Status } from '../../control/protocol.ts'
import { printable, printLine, styled } from './terminal.ts'

export function printRestarted(before: Status | undefined, { version, pid, urls, workers }: Status): void {
  const old = before === undefined || before.version === version ? '' : ` (was ${before.version})`
  const http = workers.filter(({ role, state }) => role === 'http' && state === 'ready').length
  const served = `${http} HTTP worker${http === 1 ? '' : 's'} at ${printable(urls.join('  '))}`
  printLine(`  ${styled('green', '✓')} tsrv ${printable(version)}${printable(old)}, pid ${pid}, ${served}`)
  printLine('Server restarted')
}
