/** The status as a person reads it. */
import path from 'node:path'
import type { Status } from '../../control/protocol.ts'
import type { TaskStats } from '../../wire/messages.ts'
import { printable, printLine, styled } from './terminal.ts'
import { age } from './time.ts'
import { workerLines } from './workers.ts'

export function printStatus(status: Status): void {
  const { name, version, pid, state, uptimeMs, urls, logFile } = status
  const mark = state === 'ready' ? styled('green', '●') : styled('yellow', '●')
  printLine(
    `${mark} Server is running: ${printable(name)} ${version}, ${state}, pid ${pid}, up ${age(uptimeMs)}`,
  )
  printLine(`  ${urls.join('  ')}`)
  if (logFile !== undefined) printLine(`  log ${printable(path.relative('', logFile))}`)
  for (const line of workerLines(status.workers)) printLine(`  ${line}`)
  if (status.tasks !== undefined) printTasks(status.tasks)
  for (const problem of status.problems) printLine(styled('yellow', `⚠ ${printable(problem)}`))
}

function printTasks({ queued, running, finished, failed, lanes }: TaskStats): void {
  printLine(`  tasks: ${queued} queued, ${running} running, ${finished} finished, ${failed} failed`)
  const states = lanes.map(
    ({ lane, state, taskId }) => `${lane} ${state}${taskId === undefined ? '' : ` #${taskId}`}`,
  )
  printLine(`  task workers: ${states.join(' · ')}`)
}
