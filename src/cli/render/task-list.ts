/** Tasks as a table; columns in which nothing would be are left out. */
import type { ListedTask, TaskListing } from '../../wire/task-questions.ts'
import { progressText } from './progress.ts'
import { isTerminal, outputWidth } from './screen.ts'
import { type Cell, type Column, tableLines } from './table.ts'
import { statusStyle, statusText } from './task-status.ts'
import { printable, styled } from './terminal.ts'
import { relative, took } from './time.ts'

interface TaskColumn extends Column {
  /** Left out unless a task has something in it. */
  readonly isOptional?: boolean
  readonly cell: (task: ListedTask, now: number) => Cell
}

const COLUMNS: readonly TaskColumn[] = [
  { title: 'ID', cell: ({ id }) => ({ text: String(id) }) },
  { title: 'NAME', least: 12, cell: ({ name }) => ({ text: oneLine(name) }) },
  {
    title: 'STATUS',
    cell: (task, now) => ({ text: statusText(task, now), style: statusStyle(task.status) }),
  },
  {
    title: 'PROGRESS',
    least: 15,
    isOptional: true,
    cell: ({ progress }) => ({
      text: progress === undefined ? '' : oneLine(progressText(progress, isTerminal())),
    }),
  },
  {
    title: 'TRY',
    isOptional: true,
    cell: ({ attempt }) => ({ text: attempt > 1 ? String(attempt) : '' }),
  },
  { title: 'SENT', cell: ({ createdAt }, now) => ({ text: relative(createdAt, now) }) },
  { title: 'TOOK', cell: (task, now) => ({ text: tookText(task, now) }) },
  { title: 'LABEL', least: 8, isOptional: true, cell: ({ label = '' }) => ({ text: oneLine(label) }) },
  {
    title: 'ERROR',
    least: 12,
    isOptional: true,
    cell: ({ error = '' }) => ({ text: oneLine(error), style: (text) => styled('red', text) }),
  },
]

/** @param isFiltered the question named conditions */
export function taskListText({ tasks, next }: TaskListing, isFiltered: boolean, now: number): string {
  if (tasks.length === 0) return isFiltered ? 'No task matches.' : 'No tasks yet.'
  const columns = COLUMNS.filter(
    ({ isOptional, cell }) => isOptional !== true || tasks.some((task) => cell(task, now).text !== ''),
  )
  const rows = tasks.map((task) => columns.map(({ cell }) => cell(task, now)))
  const [head = '', ...lines] = tableLines(columns, rows, outputWidth())
  const goOn = isTerminal() ? '--limit 100' : `--cursor ${next}`
  const more = next === undefined ? [] : [`There are more: ${goOn}, or --all`]
  return [styled('bold', head), ...lines, ...more].join('\n')
}

/** What runs has taken so long as yet. */
function tookText({ status, startedAt, duration }: ListedTask, now: number): string {
  if (status === 'running' && startedAt !== undefined) return took(Math.max(0, now - startedAt))
  return duration === undefined ? '' : took(duration)
}

function oneLine(text: string): string {
  return printable(text.replaceAll(/\s+/g, ' ').trim())
}
