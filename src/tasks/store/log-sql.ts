/** The statements of the task log. A change of status is one compare-and-set, made of the table of transitions. */
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { UNTRUE_AFTER } from '../task-log/change.ts'
import { CATEGORY_OF, ENDED, HELD, sourcesOf, STATUSES, type TaskStatus } from '../task-log/statuses.ts'
import { LOG_COLUMNS, type LogField } from './log-columns.ts'
import { prepareAll } from './queue-sql.ts'

const OPEN = STATUSES.filter((status) => !ENDED.includes(status))
const FAILED = STATUSES.filter((status) => CATEGORY_OF[status] === 'failed')
const HAS_OPEN = hasChild(OPEN)
const HAS_FAILED = hasChild(FAILED)
const FAILED_CHILD = `(SELECT 'Child task ' || min(child.id) || ' failed' FROM log AS child
  WHERE child.parent_id = log.id AND ${isOneOf(FAILED)} HAVING count(*) > 0)`

function hasChild(statuses: readonly TaskStatus[]): string {
  return `EXISTS (SELECT 1 FROM log AS child WHERE child.parent_id = log.id AND ${isOneOf(statuses)})`
}

function isOneOf(statuses: readonly TaskStatus[]): string {
  return `(${statuses.map((status) => `child.status = '${status}'`).join(' OR ')})`
}

const LOG_SQL = {
  insert: `INSERT INTO log (id, name, queue, label, owner, category, parent_id, retry_of, priority, sender, created_at,
    run_at, master_status, status, updated_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, 'enqueued', ?11)
    ON CONFLICT DO NOTHING`,
  countChild: 'UPDATE log SET children = children + 1 WHERE id = ?',
  settleParent: `UPDATE log SET status = CASE WHEN ${HAS_FAILED} THEN 'failed' ELSE 'completed' END,
    reason = CASE WHEN ${HAS_FAILED} THEN 'child_failed' END, error = ${FAILED_CHILD}, finished_at = ?2, updated_at = ?2
    WHERE id = ?1 AND status = 'child_running' AND NOT ${HAS_OPEN} RETURNING parent_id`,
  insertData: 'INSERT INTO payload (id, data) VALUES (?, ?) ON CONFLICT DO NOTHING',
  progress: `UPDATE log SET progress = ?, updated_at = ? WHERE id = ? AND fence = ? AND status = 'running'`,
  status: 'SELECT status, parent_id FROM log WHERE id = ?',
  archive: `UPDATE log SET status = 'archived', finished_at = min(coalesce(finished_at, ?2), ?2), updated_at = ?2
    WHERE id = ?1`,
  countEnded: 'SELECT count(*) FROM log WHERE finished_at IS NOT NULL',
  oldestEnded: `SELECT id, finished_at FROM log WHERE finished_at IS NOT NULL ORDER BY finished_at, id LIMIT ?`,
  remove: 'DELETE FROM log WHERE id = ?',
  dropData: 'DELETE FROM payload WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM task WHERE id = ?1)',
} as const

export interface LogStatements extends Readonly<Record<keyof typeof LOG_SQL, StatementSync>> {
  readonly transition: Readonly<Record<TaskStatus, StatementSync>>
}

export function prepareLog(db: DatabaseSync): LogStatements {
  const transitions = Object.fromEntries(STATUSES.map((to) => [to, transitionSql(to)])) as Record<
    TaskStatus,
    string
  >
  return { ...prepareAll(db, LOG_SQL), transition: prepareAll(db, transitions) }
}

/** What a change may tell, by its parameter; ?1 is the id, ?2 the fence, ?3 the time. */
const TOLD = {
  reason: '?4',
  attempt: '?5',
  crashes: '?6',
  worker: '?7',
  runAt: '?8',
  duration: '?9',
  error: '?10',
  result: '?11',
} as const satisfies Partial<Record<LogField, string>>

function transitionSql(to: TaskStatus): string {
  const untrue: readonly LogField[] = UNTRUE_AFTER[to]
  const told = (Object.keys(TOLD) as (keyof typeof TOLD)[]).map((field) => {
    const kept = untrue.includes(field) ? 'NULL' : LOG_COLUMNS[field]
    return `${LOG_COLUMNS[field]} = coalesce(${TOLD[field]}, ${kept})`
  })
  const cleared = untrue.filter((field) => !Object.hasOwn(TOLD, field) && !(field in timesSql(to)))
  if (to === 'completed') return completionSql()
  const sets = [
    `status = '${to}'`,
    'fence = max(fence, ?2)',
    'updated_at = ?3',
    ...told,
    ...cleared.map((field) => `${LOG_COLUMNS[field]} = NULL`),
    ...Object.values(timesSql(to)),
  ]
  return `UPDATE log SET ${sets.join(', ')} WHERE id = ?1 AND ${mayChangeSql(to)}`
}

/**
 * What children make of a task that completes; one without any asks nothing about them. One that nobody claimed (fence
 * 0) was recorded when it had run, so that they may have come before it and were not counted.
 */
function completionSql(): string {
  const follows = '(children > 0 OR ?2 = 0) AND master_status IS NULL'
  const status = `CASE WHEN ${follows} THEN
    CASE WHEN ${HAS_OPEN} THEN 'child_running' WHEN ${HAS_FAILED} THEN 'failed' ELSE 'completed' END
    ELSE 'completed' END`
  const hasOpen = `${follows} AND ${HAS_OPEN}`
  const hasFailed = `${follows} AND NOT ${HAS_OPEN} AND ${HAS_FAILED}`
  const sets = [
    `status = ${status}`,
    'fence = max(fence, ?2)',
    'updated_at = ?3',
    `reason = CASE WHEN ${hasFailed} THEN 'child_failed' ELSE ?4 END`,
    'attempt = coalesce(?5, attempt)',
    'crashes = coalesce(?6, crashes)',
    'worker = coalesce(?7, worker)',
    'run_at = coalesce(?8, run_at)',
    'duration = coalesce(?9, duration)',
    `error = CASE WHEN ${hasFailed} THEN ${FAILED_CHILD} ELSE ?10 END`,
    'result = coalesce(?11, result)',
    `finished_at = CASE WHEN ${hasOpen} THEN NULL ELSE ?3 END`,
  ]
  return `UPDATE log SET ${sets.join(', ')} WHERE id = ?1 AND ${mayChangeSql('completed')}`
}

/**
 * `mayChange` of the table of transitions, as a condition. A CASE and not `status IN (…)`, for which SQLite would build
 * a table of its own each time: that took longer than the change itself.
 */
function mayChangeSql(to: TaskStatus): string {
  const cases = sourcesOf(to).map((from) => {
    if (!HELD.includes(from)) return `WHEN '${from}' THEN ?2 > fence OR ?2 = 0`
    return `WHEN '${from}' THEN ?2 ${from === to ? '>' : '>='} fence`
  })
  return cases.length === 0 ? 'FALSE' : `CASE status ${cases.join(' ')} ELSE FALSE END`
}

function timesSql(to: TaskStatus): Partial<Record<LogField, string>> {
  switch (CATEGORY_OF[to]) {
    case 'created':
      return {}
    case 'in_progress':
      return to === 'running' ? { startedAt: 'started_at = ?3' } : {}
    case 'completed':
    case 'failed':
    case 'cancelled':
      return { finishedAt: 'finished_at = ?3' }
    case 'archived':
      return { finishedAt: 'finished_at = min(coalesce(finished_at, ?3), ?3)' }
    default:
      return CATEGORY_OF[to] satisfies never
  }
}
