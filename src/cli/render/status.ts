/** The status as a person reads it. */
import path from 'node:path'
import type { LastReload, Status } from '../../control/protocol.ts'
import type { TaskStats } from '../../wire/messages.ts'
import { printable, printLine, styled } from './terminal.ts'
import { age, relative, took } from './time.ts'
import { workerLines } from './workers.ts'

export function printStatus(status: Status): void {
  const { name, version, pid, state, uptimeMs, urls, logFile, admin, lastReload } = status
  const mark = state === 'ready' ? styled('green', '●') : styled('yellow', '●')
  printLine(
    `${mark} Server is running: ${printable(name)} ${version}, ${state}, pid ${pid}, up ${age(uptimeMs)}`,
  )
  printLine(`  ${urls.join('  ')}${admin === undefined ? '' : `  admin ${admin}`}`)
  if (logFile !== undefined) printLine(`  log ${printable(path.relative('', logFile))}`)
  for (const line of workerLines(status.workers)) printLine(`  ${line}`)
  if (status.tasks !== undefined) printTasks(status.tasks)
  if (lastReload !== undefined) printLastReload(lastReload)
  for (const problem of status.problems) printLine(styled('yellow', `⚠ ${printable(problem)}`))
}

function printLastReload(last: LastReload): void {
  const { at, by, only, result, reason = '', durationMs = 0 } = last
  const what = { http: ' of the HTTP workers', tasks: ' of the task workers' }
  const which = `last reload${only === undefined ? '' : what[only]}`
  const when = `${relative(Date.parse(at), Date.now())} by ${printable(by)}`
  switch (result) {
    case 'running':
      return printLine(`  reload${only === undefined ? '' : what[only]} under way, begun ${when}`)
    case 'done':
      return printLine(`  ${which} ${when}, took ${took(durationMs)}`)
    case 'failed':
      return printLine(styled('yellow', `⚠ ${which} failed, ${when}: ${printable(reason)}`))
    default:
      return result satisfies never
  }
}

function printTasks({ queued, running, finished, failed, lanes }: TaskStats): void {
  printLine(`  tasks: ${queued} queued, ${running} running, ${finished} finished, ${failed} failed`)
  const states = lanes.map(
    ({ lane, state, taskId }) => `${lane} ${state}${taskId === undefined ? '' : ` #${taskId}`}`,
  )
  printLine(`  task workers: ${states.join(' · ')}`)
}
