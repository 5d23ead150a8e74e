/** An error as its reader needs it: ours as one clear message, a defect of tsrv with its stack. */
import { TsrvError } from '../../errors.ts'
import { printable, printLine, styled } from './terminal.ts'

export function printError(error: unknown): void {
  if (error instanceof TsrvError) {
    const sign = error.code === 'TSRV_CONFIG_INVALID' ? '' : '✖ '
    printLine(styled('red', printable(`${sign}${error.message}`), 'stderr'), 'stderr')
    return
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  printLine(styled('red', printable(`✖ Unexpected failure of tsrv: ${text}`), 'stderr'), 'stderr')
}
