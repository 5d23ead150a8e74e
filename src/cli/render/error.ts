/** An error as its reader needs it: ours as one clear message, a defect of tsrv with its stack. */
import { TsrvError } from '../../errors.ts'
import { printable, printLine, styled } from './terminal.ts'

/** @param text of commander, which begins with `error: ` and may have a line that tells what was meant */
export function usageFault(text: string): string {
  const said = text.replace(/^error: /, '').trimEnd()
  const sentence = said.charAt(0).toUpperCase() + said.slice(1)
  return `${styled('red', printable(`✖ ${sentence}`), 'stderr')}\n`
}

export function printError(error: unknown): void {
  if (error instanceof TsrvError) {
    const sign = error.code === 'TSRV_CONFIG_INVALID' ? '' : '✖ '
    printLine(styled('red', printable(`${sign}${error.message}`), 'stderr'), 'stderr')
    return
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  printLine(styled('red', printable(`✖ Unexpected failure of tsrv: ${text}`), 'stderr'), 'stderr')
}
