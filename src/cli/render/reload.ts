/** What a reload has done. */
import type { ReloadReport } from '../../control/protocol.ts'
import { printable, printLine, styled } from './terminal.ts'

export function printReloaded({ replaced, warnings, generation, urls }: ReloadReport): void {
  for (const name of replaced) printLine(`  ${styled('green', '✓')} ${printable(name)}`)
  for (const warning of warnings) printLine(styled('yellow', `⚠ ${printable(warning)}`))
  if (urls !== undefined) printLine(`Listening at ${styled('cyan', printable(urls.join('  ')))} now`)
  printLine(`Server reloaded (generation ${generation})`)
}
