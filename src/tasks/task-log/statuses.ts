/** The statuses of a task record, as TAO's users know them, and which of them may follow which. */

export const STATUSES = [
  'enqueued',
  'dequeued',
  'running',
  'child_running',
  'completed',
  'failed',
  'cancelled',
  'archived',
  'unknown',
] as const

export type TaskStatus = (typeof STATUSES)[number]

/** Why a record has its status. */
export type StatusReason =
  | 'retry_scheduled'
  | 'rescheduled'
  | 'timed_out'
  | 'crashed'
  | 'dead'
  | 'child_failed'

/** What people ask for: is it waiting, under way, done? */
export type TaskCategory = 'created' | 'in_progress' | 'completed' | 'failed' | 'cancelled' | 'archived'

export const CATEGORY_OF = {
  enqueued: 'created',
  dequeued: 'in_progress',
  running: 'in_progress',
  child_running: 'in_progress',
  completed: 'completed',
  failed: 'failed',
  unknown: 'failed',
  cancelled: 'cancelled',
  archived: 'archived',
} as const satisfies Readonly<Record<TaskStatus, TaskCategory>>

/** How a category is called before people. */
export const CATEGORY_LABELS: Readonly<Record<TaskCategory, string>> = {
  created: 'Queued',
  in_progress: 'In Progress',
  completed: 'Completed',
  failed: 'Failed',
  cancelled: 'Cancelled',
  archived: 'Archived',
}

export const CATEGORIES = Object.keys(CATEGORY_LABELS) as readonly TaskCategory[]

const ENDS = ['completed', 'failed', 'cancelled', 'unknown'] as const

/**
 * What may follow a status. An end is final, with two exceptions: a failed task may be put back in line by hand,
 * and one that was given up as unknown may turn up again.
 */
const FOLLOWED_BY: Readonly<Record<TaskStatus, readonly TaskStatus[]>> = {
  // It may end without having been seen to run: entries are written, not awaited.
  enqueued: ['dequeued', 'running', ...ENDS],
  dequeued: ['enqueued', 'dequeued', 'running', ...ENDS],
  running: ['enqueued', 'dequeued', 'running', 'child_running', ...ENDS],
  child_running: ENDS,
  completed: ['archived'],
  failed: ['enqueued', 'archived'],
  cancelled: ['archived'],
  archived: ['enqueued'],
  unknown: ['enqueued', 'dequeued', 'running', 'completed', 'failed', 'cancelled', 'archived'],
}

/** A claimant holds the task; whoever speaks of it must hold this claim or a newer one. */
export const HELD: readonly TaskStatus[] = ['dequeued', 'running', 'child_running']

/** Nothing more will happen to the task by itself. */
export const ENDED: readonly TaskStatus[] = ['completed', 'failed', 'cancelled', 'archived', 'unknown']

/** The statuses that `to` may follow, for a compare-and-set. */
export function sourcesOf(to: TaskStatus): readonly TaskStatus[] {
  return STATUSES.filter((status) => FOLLOWED_BY[status].includes(to))
}

/**
 * Whether a change may be made: the table allows it, and no newer claim has spoken. While a task is not held, the
 * fence of its last claim is spent: only nobody (0) or a newer claim may speak.
 */
export function mayChange(
  record: { readonly status: TaskStatus; readonly fence: number },
  change: { readonly to: TaskStatus; readonly fence: number },
): boolean {
  if (!FOLLOWED_BY[record.status].includes(change.to)) return false
  if (change.fence > record.fence) return true
  if (!HELD.includes(record.status)) return change.fence === 0
  return change.fence === record.fence && change.to !== record.status
}

/** Why a record cannot be archived; undefined when it can. */
export function archiveRefusal(status: TaskStatus | undefined, force: boolean): string | undefined {
  if (status === undefined) return 'there is no such task'
  if (status === 'archived') return 'it is archived already'
  if (force || ENDED.includes(status)) return undefined
  return CATEGORY_OF[status] === 'created' ? 'it has not run yet' : 'it is in progress'
}
