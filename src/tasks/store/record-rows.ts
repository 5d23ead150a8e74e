/** Records of the task log as rows, and back. */
import type { NewTaskRecord, TaskRecord, TaskSummary, Transition } from '../task-log.ts'
import type { NewRecordRow, Sql, TransitionRow } from './calls.ts'
import { type LogField, RECORD_FIELDS, SUMMARY_FIELDS } from './log-columns.ts'

const NO_DATA = new Uint8Array(0)

/** @param data the bytes of the record's data, in a buffer of their own */
export function newRecordRow(record: NewTaskRecord, data: Uint8Array): NewRecordRow {
  const { id, name, queue, label = null, owner = null, category = null } = record
  const { parentId = null, retryOf = null, priority, sender, createdAt, runAt } = record
  return [
    data,
    id,
    name,
    queue,
    label,
    owner,
    category,
    parentId,
    retryOf,
    priority,
    sender,
    createdAt,
    runAt,
    record.masterStatus === true ? 1 : null,
  ]
}

/** @param result the bytes of the change's result, in a buffer of their own */
export function transitionRow(id: number, change: Transition, result: Uint8Array | null): TransitionRow {
  const { fence, at, reason = null, attempt = null, crashes = null } = change
  const { worker = null, runAt = null, duration = null, error = null } = change
  return [id, fence, at, reason, attempt, crashes, worker, runAt, duration, error, result]
}

/** From a row of all fields, then the data. */
export function recordFromRow(row: readonly Sql[]): TaskRecord {
  const data = row[RECORD_FIELDS.length]
  return { ...fieldsFromRow(RECORD_FIELDS, row), data: data ?? NO_DATA } as unknown as TaskRecord
}

export function summaryFromRow(row: readonly Sql[]): TaskSummary {
  return fieldsFromRow(SUMMARY_FIELDS, row) as unknown as TaskSummary
}

/** A field that is null in the row is none of the record. */
function fieldsFromRow(fields: readonly LogField[], row: readonly Sql[]): Record<string, unknown> {
  const record: Record<string, unknown> = {}
  for (const [index, field] of fields.entries()) {
    const value = row[index]
    if (value === null || value === undefined) continue
    record[field] = valueOf(field, value)
  }
  return record
}

function valueOf(field: LogField, value: Sql): unknown {
  if (field === 'progress') return JSON.parse(String(value))
  return field === 'masterStatus' ? value === 1 : value
}
