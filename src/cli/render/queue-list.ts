/** Queues as a table, and what was done with one. */
import type { ListedQueue, QueueListing } from '../../wire/task-questions.ts'
import { outputWidth } from './screen.ts'
import { type Cell, type Column, tableLines } from './table.ts'
import { printable, styled } from './terminal.ts'
import { relative, took } from './time.ts'

interface QueueColumn extends Column {
  readonly cell: (queue: ListedQueue, now: number) => Cell
}

const COLUMNS: readonly QueueColumn[] = [
  { title: 'QUEUE', least: 8, cell: ({ name }) => ({ text: printable(name) }) },
  { title: 'STATE', cell: (queue, now) => stateCell(queue, now) },
  { title: 'WEIGHT', cell: ({ weight }) => ({ text: String(weight) }) },
  { title: 'WAITING', cell: ({ ready }) => ({ text: String(ready) }) },
  { title: 'DELAYED', cell: ({ delayed }) => ({ text: String(delayed) }) },
  { title: 'RUNNING', cell: ({ running }) => ({ text: String(running) }) },
  { title: 'DEAD', cell: ({ dead }) => ({ text: String(dead) }) },
  { title: 'OLDEST', cell: ({ ready, oldestReady }) => ({ text: ready === 0 ? '' : took(oldestReady) }) },
]

export function queueListText({ broker, selector, queues }: QueueListing, now: number): string {
  const rows = queues.map((queue) => COLUMNS.map(({ cell }) => cell(queue, now)))
  const [head = '', ...lines] = tableLines(COLUMNS, rows, outputWidth())
  return [styled('bold', head), ...lines, `Kept by ${broker}; the next task is chosen ${selector}.`].join(
    '\n',
  )
}

/** What a queue does after it was paused or resumed. */
export function pauseText({ name, isPaused, pausedUntil, ready, delayed }: ListedQueue, now: number): string {
  const until = pausedUntil === undefined ? '' : ` and goes on ${relative(pausedUntil, now)}`
  const what = isPaused ? `is paused${until}` : 'goes on'
  return `${styled('green', '✓')} Queue ${printable(name)} ${what}; ${ready + delayed} tasks wait in it`
}

export function initialisedText({ broker, queues }: QueueListing): string {
  const names = queues.map(({ name }) => printable(name)).join(', ')
  return `${styled('green', '✓')} Everything the ${broker} broker needs is there; queues: ${names}`
}

function stateCell({ isPaused, pausedUntil, sync, former }: ListedQueue, now: number): Cell {
  if (isPaused) {
    const end = pausedUntil === undefined ? '' : `, goes on ${relative(pausedUntil, now)}`
    return { text: `paused${end}`, style: (text) => styled('yellow', text) }
  }
  if (sync) return { text: 'sync' }
  return { text: former === true ? 'not configured' : 'open' }
}
