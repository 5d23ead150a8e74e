/** How many tasks there are of each kind. */
import type { TaskCounts } from '../../wire/task-questions.ts'
import { padded } from './text-width.ts'

export function taskStatsText({ tasks, queue }: TaskCounts): string {
  const width = Math.max(...tasks.map(({ label }) => label.length))
  const digits = Math.max(...tasks.map(({ count }) => String(count).length))
  const lines = tasks.map(({ label, count }) => `${padded(label, width)}  ${String(count).padStart(digits)}`)
  const { queued, running, workers } = queue
  const workersText = `${workers} task worker${workers === 1 ? '' : 's'}`
  return [...lines, `Now: ${running} running, ${queued} waiting, ${workersText}`].join('\n')
}
