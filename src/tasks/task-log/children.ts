/** What becomes of a task that has children: pure rules; the SQL of the store is made of the same tables. */
import type { TaskRecord } from '../task-log.ts'
import { CATEGORY_OF, ENDED, type TaskStatus } from './statuses.ts'

interface Family {
  readonly status: TaskStatus
  /** Set when a child decided. */
  readonly reason?: 'child_failed'
  readonly error?: string
}

/** The status of a task that has completed by itself. */
export function afterCompletion(children: readonly Pick<TaskRecord, 'id' | 'status'>[]): Family {
  if (children.some(({ status }) => !ENDED.includes(status))) return { status: 'child_running' }
  const failed = children.filter(({ status }) => CATEGORY_OF[status] === 'failed').map(({ id }) => id)
  if (failed.length === 0) return { status: 'completed' }
  return {
    status: 'failed',
    reason: 'child_failed',
    error: `Child task ${Math.min(...failed)} failed`,
  }
}
