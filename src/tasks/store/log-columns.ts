/** The columns of the table `log`, by the fields of a record. SQL is made of these names only, never of what a query says. */
import type { TaskRecord } from '../task-log.ts'

export type LogField = Exclude<keyof TaskRecord, 'data'>

export const LOG_COLUMNS = {
  id: 'id',
  name: 'name',
  queue: 'queue',
  label: 'label',
  owner: 'owner',
  category: 'category',
  parentId: 'parent_id',
  masterStatus: 'master_status',
  retryOf: 'retry_of',
  priority: 'priority',
  sender: 'sender',
  createdAt: 'created_at',
  runAt: 'run_at',
  status: 'status',
  reason: 'reason',
  attempt: 'attempt',
  crashes: 'crashes',
  fence: 'fence',
  worker: 'worker',
  progress: 'progress',
  updatedAt: 'updated_at',
  startedAt: 'started_at',
  finishedAt: 'finished_at',
  duration: 'duration',
  error: 'error',
  result: 'result',
} as const satisfies Readonly<Record<LogField, string>>

/** Those that every record has. */
export const NEVER_NULL: ReadonlySet<LogField> = new Set(['id', 'name', 'status', 'createdAt', 'updatedAt'])

export const RECORD_FIELDS = Object.keys(LOG_COLUMNS) as readonly LogField[]

/** Lists come without what may be large. */
export const SUMMARY_FIELDS = RECORD_FIELDS.filter((field) => field !== 'result')
