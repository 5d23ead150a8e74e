/** Queries as SQL: names and operators from fixed tables, everything that a query says as a bound parameter. */
import type { Sql } from '../store/calls.ts'
import { LOG_COLUMNS, type LogField, NEVER_NULL, SUMMARY_FIELDS } from '../store/log-columns.ts'
import { placeAfter, type Place } from './cursor.ts'
import {
  completeWhere,
  conditionOf,
  type Condition,
  DEFAULT_SORT,
  type Operator,
  pageSize,
  type Sort,
  type TaskQuery,
  type TaskWhere,
  type WhereColumn,
} from './query.ts'
import { ENDED } from './statuses.ts'

export interface CompiledSql {
  readonly sql: string
  readonly parameters: readonly Sql[]
}

type Value = string | number

/** As the index `log_status` is declared: SQLite uses it only where a query says the same. */
const NOT_COMPLETED = `status <> 'completed'`

/** One record more than the page has, which tells whether another page follows. */
export function searchSql(query: TaskQuery): CompiledSql {
  const { sort = DEFAULT_SORT } = query
  const where = whereSql(query.where)
  const place = placeAfter(query)
  const after = place === undefined ? TRUE : placeSql(place, sort)
  const column = LOG_COLUMNS[sort.by]
  const order = sort.by === 'id' ? `id ${sort.order}` : `${column} ${sort.order}, id ${sort.order}`
  return {
    sql: `SELECT ${columnsOf(SUMMARY_FIELDS)} FROM log WHERE ${where.sql} AND ${after.sql} ORDER BY ${order} LIMIT ?`,
    parameters: [...where.parameters, ...after.parameters, pageSize(query) + 1],
  }
}

/** Rows of a status and how many records have it. */
export function statsSql(where: TaskQuery['where']): CompiledSql {
  if (where === undefined || Object.keys(where).length === 0) return { sql: ALL_STATS, parameters: [] }
  const { sql, parameters } = whereSql(where)
  return { sql: `SELECT status, count(*) FROM log WHERE ${sql} GROUP BY status`, parameters }
}

/** The ids of matching records after `after`, the smallest first. */
export function idsSql(where: TaskQuery['where'], after: number, limit: number): CompiledSql {
  const { sql, parameters } = whereSql(where)
  return {
    sql: `SELECT id FROM log WHERE ${sql} AND id > ? ORDER BY id LIMIT ?`,
    parameters: [...parameters, after, limit],
  }
}

export function columnsOf(fields: readonly LogField[]): string {
  return fields.map((field) => LOG_COLUMNS[field]).join(', ')
}

/** Counted from two indexes, without a look at the records: completed is what has ended in no other way. */
const ALL_STATS = `WITH other AS
  (SELECT status, count(*) AS number FROM log WHERE ${NOT_COMPLETED} GROUP BY status)
  SELECT status, number FROM other WHERE status <> 'archived'
  UNION ALL SELECT 'completed', (SELECT count(*) FROM log WHERE finished_at IS NOT NULL)
    - (SELECT coalesce(sum(number), 0) FROM other WHERE status IN (${ENDED.map((status) => `'${status}'`).join(', ')}))`

const TRUE: CompiledSql = { sql: 'TRUE', parameters: [] }

const OPERATOR_SQL = {
  eq: '= ?',
  neq: '<> ?',
  lt: '< ?',
  lte: '<= ?',
  gt: '> ?',
  gte: '>= ?',
  like: 'LIKE ?',
  notLike: 'NOT LIKE ?',
  // A list of any length is one parameter, and the statement can be kept prepared.
  in: 'IN (SELECT value FROM json_each(?))',
  notIn: 'NOT IN (SELECT value FROM json_each(?))',
} as const satisfies Readonly<Record<Operator, string>>

function whereSql(where: TaskQuery['where']): CompiledSql {
  const complete = completeWhere(where)
  const given = Object.entries(complete) as [WhereColumn, TaskWhere[WhereColumn]][]
  const conditions = given.flatMap(([column, wanted]) => {
    return wanted === undefined ? [] : conditionSql(LOG_COLUMNS[column], conditionOf<Value>(wanted))
  })
  if (excludesCompleted(conditionOf<Value>(complete.status ?? {}))) {
    conditions.push({ sql: NOT_COMPLETED, parameters: [] })
  }
  return conditions.length === 0 ? TRUE : joined(conditions)
}

function excludesCompleted({ eq, neq, in: list }: Condition<Value>): boolean {
  if (eq !== undefined && eq !== 'completed') return true
  return neq === 'completed' || (list !== undefined && !list.includes('completed'))
}

function conditionSql(column: string, condition: Condition<Value>): CompiledSql[] {
  const given = Object.entries(condition) as [Operator, Value | readonly Value[] | undefined][]
  return given.flatMap(([operator, value]) => {
    if (value === undefined) return []
    const parameter = typeof value === 'object' ? JSON.stringify(value) : value
    return [{ sql: `${column} ${OPERATOR_SQL[operator]}`, parameters: [parameter] }]
  })
}

function joined(conditions: readonly CompiledSql[]): CompiledSql {
  return {
    sql: conditions.map(({ sql }) => sql).join(' AND '),
    parameters: conditions.flatMap(({ parameters }) => parameters),
  }
}

/** What comes after a place in the order. Nothing counts as the smallest value, as it does in `ORDER BY`. */
function placeSql({ value, id }: Place, { by, order }: Sort): CompiledSql {
  const column = LOG_COLUMNS[by]
  const beyond = order === 'asc' ? '>' : '<'
  if (by === 'id') return { sql: `id ${beyond} ?`, parameters: [id] }
  if (NEVER_NULL.has(by)) return { sql: `(${column}, id) ${beyond} (?, ?)`, parameters: [value, id] }
  if (value === null) {
    const rest = order === 'asc' ? ` OR ${column} IS NOT NULL` : ''
    return { sql: `((${column} IS NULL AND id ${beyond} ?)${rest})`, parameters: [id] }
  }
  const rest = order === 'asc' ? '' : ` OR ${column} IS NULL`
  return { sql: `((${column}, id) ${beyond} (?, ?)${rest})`, parameters: [value, id] }
}
