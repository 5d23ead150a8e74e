/** The status as a person reads it. */
import path from 'node:path'
import type { Status, WorkerStatus } from '../../control/protocol.ts'
import type { TaskStats } from '../../wire/messages.ts'
import { printable, printLine, styled } from './terminal.ts'
import { age } from './time.ts'

export function printStatus(status: Status): void {
  const { name, version, pid, state, uptimeMs, urls, logFile } = status
  const mark = state === 'ready' ? styled('green', '●') : styled('yellow', '●')
  printLine(
    `${mark} Server is running: ${printable(name)} ${version}, ${state}, pid ${pid}, up ${age(uptimeMs)}`,
  )
  printLine(`  ${urls.join('  ')}`)
  if (logFile !== undefined) printLine(`  log ${printable(path.relative('', logFile))}`)
  printLine(`  ${['PROCESS', 'PID', 'STATE', 'UP', 'RESTARTS'].map(column).join('')}`.trimEnd())
  for (const worker of status.workers) printLine(`  ${cells(worker).map(column).join('')}`.trimEnd())
  if (status.tasks !== undefined) printTasks(status.tasks)
  for (const problem of status.problems) printLine(styled('yellow', `⚠ ${printable(problem)}`))
}

function cells({ role, slot, name, pid, state, uptimeMs, restarts, leader }: WorkerStatus): string[] {
  const process = { http: `http ${slot}`, tasks: 'tasks', service: `service ${name}` }[role]
  const doing = leader === true ? `${state}, leader` : state
  return [process, String(pid ?? '-'), doing, uptimeMs === undefined ? '-' : age(uptimeMs), String(restarts)]
}

function printTasks({ queued, running, finished, failed, lanes }: TaskStats): void {
  printLine(`  tasks: ${queued} queued, ${running} running, ${finished} finished, ${failed} failed`)
  const states = lanes.map(
    ({ lane, state, taskId }) => `${lane} ${state}${taskId === undefined ? '' : ` #${taskId}`}`,
  )
  printLine(`  task workers: ${states.join(' · ')}`)
}

// Room for "draining, leader" and a gap.
const COLUMN = 18

function column(text: string): string {
  return text.padEnd(COLUMN)
}
