/** What lanes on loan do: a line for each task on a terminal, a JSON line for each piece of news elsewhere. */
import type { WorkNews } from '../../wire/work.ts'
import { isTerminal } from './screen.ts'
import { printable, printLine, styled } from './terminal.ts'
import { clockTime, took } from './time.ts'

export function printWorkNews(news: WorkNews): void {
  if (!isTerminal()) {
    return printLine(JSON.stringify({ time: Date.now(), ...recordOf(news) }))
  }
  const text = newsText(news)
  if (text !== undefined) printLine(`${styled('gray', clockTime(Date.now()).slice(-8))} ${text}`)
}

export function printEndingWork(): void {
  if (isTerminal()) printLine('\rFinishing what runs; once more to leave at once ...')
}

function recordOf(news: WorkNews): object {
  if (news.is !== 'closed' || news.error === undefined) {
    const { is: event, ...rest } = news
    return { event, ...rest }
  }
  const { code, name, message } = news.error
  return { event: news.is, error: `${name}: ${message}`, ...(code !== undefined && { code }) }
}

/** Undefined for what nobody has to read: the line of the end names the task, too. */
function newsText(news: WorkNews): string | undefined {
  switch (news.is) {
    case 'open':
      return `Working: task worker${news.lanes.length === 1 ? '' : 's'} ${news.lanes.join(', ')}; Ctrl+C ends`
    case 'started':
      return undefined
    case 'finished':
      return finishedText(news)
    case 'paused':
      return 'Paused; CONT resumes'
    case 'resumed':
      return 'Working again'
    case 'closed':
      return news.error === undefined ? 'Done' : undefined
    default:
      return news satisfies never
  }
}

function finishedText(news: WorkNews & { is: 'finished' }): string {
  const { id, name, label, how, duration, attempt, error } = news
  const task = `task ${id} ${printable(name)}${label === undefined ? '' : ` (${printable(label)})`}`
  const time = how === 'crashed' ? '' : ` ${took(duration)}`
  const tries = attempt > 1 ? `, attempt ${attempt}` : ''
  const reason = error === undefined ? '' : `: ${printable(error)}`
  const sign = SIGNS[how]()
  return `${sign} ${task}${time}${tries}${reason}`
}

const SIGNS = {
  completed: () => styled('green', '✓'),
  rescheduled: () => styled('yellow', '↻'),
  failed: () => styled('red', '✗'),
  crashed: () => styled('red', '✗'),
} as const satisfies Readonly<Record<(WorkNews & { is: 'finished' })['how'], () => string>>
