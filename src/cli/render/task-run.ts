/** What came of a task that the command line ran. */
import type { TaskDetails } from '../../wire/task-questions.ts'
import { printable, printLine, styled } from './terminal.ts'
import { took } from './time.ts'

export function printRun({ id, status, duration = 0, result, failure, error }: TaskDetails): void {
  const isDone = status === 'completed'
  const mark = isDone ? styled('green', '✓') : styled('red', '✖')
  printLine(`${mark} Task ${id} ${status} in ${took(duration)}`)
  // What failed because of its parts has returned something, and no error of its own.
  const outcome = isDone ? result : (failure ?? error)
  if (outcome !== undefined) printLine(printable(outcome))
}

/** Nobody waits for it any more. */
export function printGoesOn(id: number): void {
  const text = `Task ${id} goes on: "tsrv task show ${id}" shows it, "tsrv task cancel ${id}" ends it`
  printLine(text, 'stderr')
}
