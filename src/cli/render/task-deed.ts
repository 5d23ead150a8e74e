/** What was done with tasks, and what was not. */
import type { TaskDeed, TaskDeedReport } from '../../wire/task-questions.ts'
import { printable, printLine, styled } from './terminal.ts'

const DONE = { cancel: 'cancelled', retry: 'sent again', archive: 'archived' } as const

export function printDeed(deed: TaskDeed['ask'], { done, refused }: TaskDeedReport): void {
  for (const { id, as } of done) {
    const what = as === undefined ? DONE[deed] : `${DONE[deed]} as task ${as}`
    printLine(`${styled('green', '✓')} Task ${id} ${what}`)
  }
  for (const { id, reason } of refused) {
    printLine(`${styled('yellow', '✗')} Task ${id} not ${DONE[deed]}: ${printable(reason)}`)
  }
  if (done.length + refused.length === 0) printLine('No task matches.')
}
