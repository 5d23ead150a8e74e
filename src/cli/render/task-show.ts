/** One task with all that is known of it. */
import type { TaskDetails } from '../../wire/task-questions.ts'
import { progressText } from './progress.ts'
import { isTerminal } from './screen.ts'
import { statusStyle, statusText } from './task-status.ts'
import { printable, styled } from './terminal.ts'
import { padded } from './text-width.ts'
import { clockTime, relative, took } from './time.ts'

const FIELD = 10

export function taskText(task: TaskDetails, now: number): string {
  const { id, name, status } = task
  const title = `${styled('bold', `Task ${id}`)}  ${printable(name)}`
  const fields = fieldsOf(task, now).flatMap(([field, text]) =>
    text === undefined ? [] : [`  ${padded(field, FIELD)} ${printable(text)}`],
  )
  return [
    `${title}  ${statusStyle(status)(statusText(task, now))}`,
    ...fields,
    ...block('Data', task.data),
    ...block('Result', task.result),
    ...block('Error', task.failure),
  ].join('\n')
}

function fieldsOf(task: TaskDetails, now: number): readonly (readonly [string, string | undefined])[] {
  const { label, owner, category, queue, priority, sender, worker, attempt, crashes } = task
  const { createdAt, runAt, startedAt, finishedAt, duration, progress, parentId, retryOf, error } = task
  const at = (time: number | undefined): string | undefined =>
    time === undefined ? undefined : `${clockTime(time)} (${relative(time, now)})`
  return [
    ['label', label],
    ['owner', owner],
    ['category', category],
    ['sender', sender],
    ['queue', priority === 0 ? queue : `${queue}, priority ${priority}`],
    ['parent', parentId?.toString()],
    ['retry of', retryOf?.toString()],
    ['sent', at(createdAt)],
    ['due', runAt > createdAt ? at(runAt) : undefined],
    ['started', at(startedAt)],
    ['finished', at(finishedAt)],
    ['took', duration === undefined ? undefined : took(duration)],
    ['worker', worker],
    ['attempts', attempt === 0 ? undefined : String(attempt)],
    ['crashes', crashes === 0 ? undefined : String(crashes)],
    ['progress', progress === undefined ? undefined : progressText(progress, isTerminal())],
    // The whole of it comes below once the task has ended.
    ['last error', task.failure === undefined ? error : undefined],
  ]
}

function block(title: string, text: string | undefined): string[] {
  if (text === undefined) return []
  return [styled('bold', title), ...text.split('\n').map((line) => `  ${printable(line)}`)]
}
