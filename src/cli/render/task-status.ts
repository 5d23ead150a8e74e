/** The status of a task: its words, its colour. */
import type { ListedTask } from '../../wire/task-questions.ts'
import { styled } from './terminal.ts'
import { relative } from './time.ts'

const COLOURS = {
  completed: 'green',
  failed: 'red',
  unknown: 'red',
  running: 'cyan',
  child_running: 'cyan',
  dequeued: 'cyan',
} as const

/** `failed, timed out`, `enqueued, in 5m` */
export function statusText({ status, reason, runAt }: ListedTask, now: number): string {
  const waits = status === 'enqueued' && runAt > now ? relative(runAt, now) : undefined
  const parts = [status, reason, waits].filter((part) => part !== undefined)
  return parts.map((part) => part.replaceAll('_', ' ')).join(', ')
}

export function statusStyle(status: string): (text: string) => string {
  const colour = Object.hasOwn(COLOURS, status) ? COLOURS[status as keyof typeof COLOURS] : undefined
  return (text) => (colour === undefined ? text : styled(colour, text))
}
