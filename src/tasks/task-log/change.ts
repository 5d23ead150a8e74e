/** What a change of status makes of a record. */
import type { NewTaskRecord, TaskRecord, Transition } from '../task-log.ts'
import { CATEGORY_OF, type TaskStatus } from './statuses.ts'

/** Everything that a change may leave out stays as it was, unless the new status makes it untrue. */
export const UNTRUE_AFTER = {
  enqueued: ['reason', 'progress', 'finishedAt', 'result'],
  dequeued: ['reason', 'progress', 'finishedAt', 'result'],
  running: ['reason', 'progress', 'finishedAt', 'result', 'duration'],
  child_running: ['reason'],
  completed: ['reason', 'error'],
  failed: ['reason'],
  cancelled: ['reason'],
  unknown: ['reason'],
  archived: [],
} as const satisfies Readonly<Record<TaskStatus, readonly (keyof TaskRecord)[]>>

export function newRecord(record: NewTaskRecord): TaskRecord {
  return { ...record, status: 'enqueued', attempt: 0, crashes: 0, fence: 0, updatedAt: record.createdAt }
}

/** The record after a change that `mayChange` allows. */
export function changed(record: TaskRecord, { to, at, fence, ...told }: Transition): TaskRecord {
  const kept: Partial<TaskRecord> = { ...record }
  for (const field of UNTRUE_AFTER[to]) delete kept[field]
  return {
    ...(kept as TaskRecord),
    ...given(told),
    ...timesOf(record, to, at),
    status: to,
    fence: Math.max(fence, record.fence),
    updatedAt: at,
  }
}

function timesOf({ finishedAt = Infinity }: TaskRecord, to: TaskStatus, at: number): Partial<TaskRecord> {
  switch (CATEGORY_OF[to]) {
    case 'created':
      return {}
    case 'in_progress':
      return to === 'running' ? { startedAt: at } : {}
    case 'completed':
    case 'failed':
    case 'cancelled':
      return { finishedAt: at }
    case 'archived':
      // Forced while it was in progress, it counts as finished now, so that it is pruned some day.
      return { finishedAt: Math.min(finishedAt, at) }
    default:
      return CATEGORY_OF[to] satisfies never
  }
}

/** Without the fields that are there but hold nothing. */
function given<Fields extends object>(fields: Fields): Partial<Fields> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as Partial<Fields>
}
