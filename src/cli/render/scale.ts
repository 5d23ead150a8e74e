/** What `tsrv scale` has done. */
import type { ScaleReport } from '../../control/protocol.ts'
import { printLine, styled } from './terminal.ts'

export function printScaled({ workers, taskWorkers, before }: ScaleReport): void {
  printCount('HTTP workers', before.workers, workers)
  if (taskWorkers + before.taskWorkers > 0) printCount('task workers', before.taskWorkers, taskWorkers)
}

function printCount(what: string, before: number, now: number): void {
  const change = before === now ? 'as before' : `before: ${before}`
  printLine(`  ${styled('green', '✓')} ${what}: ${now} (${change})`)
}
