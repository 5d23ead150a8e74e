/** There is no server to ask. */
import { EXIT } from '../../errors.ts'
import { printLine, styled } from './terminal.ts'

/** @returns the exit status that says so to scripts */
export function printNotRunning(): number {
  const text = '✖ Server is not running; "tsrv start -t 2" starts one with 2 task workers'
  printLine(styled('red', text, 'stderr'), 'stderr')
  return EXIT.notRunning
}
