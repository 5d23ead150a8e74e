/** Queries that come from outside: nothing of them is believed. */
import { TsrvError } from '../../errors.ts'
import { placeAfter } from './cursor.ts'
import {
  type ColumnKind,
  LONGEST_PAGE,
  OPERATORS,
  type Operator,
  SORT_COLUMNS,
  type Sort,
  type TaskQuery,
  type TaskWhere,
  WHERE_COLUMNS,
  type WhereColumn,
} from './query.ts'
import { STATUSES, type TaskStatus } from './statuses.ts'

const LONGEST_TEXT = 1000
const LONGEST_LIST = 1000

const KEYS: readonly string[] = ['where', 'sort', 'limit', 'cursor'] satisfies (keyof TaskQuery)[]

/**
 * @param query plain data of any shape, as parsed from JSON
 * @throws TsrvError TSRV_TASK_QUERY_INVALID
 */
export function checkQuery(query: unknown): TaskQuery {
  const { where, sort, limit, cursor } = fieldsOf(query, 'the query', KEYS)
  const checked: TaskQuery = {
    ...(where !== undefined && { where: checkWhere(where) }),
    ...(sort !== undefined && { sort: checkSort(sort) }),
    ...(limit !== undefined && { limit: checkLimit(limit) }),
    ...(cursor !== undefined && { cursor: checkText(cursor, 'cursor') }),
  }
  placeAfter(checked)
  return checked
}

/** @throws TsrvError TSRV_TASK_QUERY_INVALID */
export function checkWhere(where: unknown): TaskWhere {
  const conditions = fieldsOf(where, 'where', Object.keys(WHERE_COLUMNS))
  const checked = Object.entries(conditions).map(([name, wanted]) => {
    const column = columnNamed(name)
    return [column, checkCondition(column, wanted)]
  })
  return Object.fromEntries(checked) as TaskWhere
}

export function columnNamed(name: string): WhereColumn {
  if (Object.hasOwn(WHERE_COLUMNS, name)) return name as WhereColumn
  throw invalid(`there is no column ${shown(name)}`, `one of ${Object.keys(WHERE_COLUMNS).join(', ')}`)
}

function checkCondition(column: WhereColumn, wanted: unknown): unknown {
  if (typeof wanted !== 'object') return checkValue(column, wanted)
  const given = fieldsOf(wanted, column, OPERATORS)
  return Object.fromEntries(
    Object.entries(given).map(([operator, value]) => [
      operator,
      checkOperand(column, operator as Operator, value),
    ]),
  )
}

function checkOperand(column: WhereColumn, operator: Operator, value: unknown): unknown {
  switch (operator) {
    case 'like':
    case 'notLike': {
      const kind: ColumnKind = WHERE_COLUMNS[column]
      if (kind === 'text' || kind === 'status') return checkText(value, `${column} ${operator}`)
      throw invalid(
        `${operator} is for texts, and ${column} is a ${kind}`,
        'eq, neq, lt, lte, gt, gte, in or notIn',
      )
    }
    case 'in':
    case 'notIn':
      if (Array.isArray(value) && value.length > 0 && value.length <= LONGEST_LIST) {
        return value.map((one) => checkValue(column, one))
      }
      throw invalid(`${column} ${operator} is ${shown(value)}`, `a list of 1 to ${LONGEST_LIST} values`)
    case 'eq':
    case 'neq':
    case 'lt':
    case 'lte':
    case 'gt':
    case 'gte':
      return checkValue(column, value)
    default:
      return operator satisfies never
  }
}

function checkValue(column: WhereColumn, value: unknown): string | number {
  const kind: ColumnKind = WHERE_COLUMNS[column]
  switch (kind) {
    case 'number':
    case 'time':
      if (Number.isSafeInteger(value)) return value as number
      throw invalid(
        `${column} is ${shown(value)}`,
        kind === 'time' ? 'a whole number of milliseconds since 1970' : 'a whole number',
      )
    case 'status':
      if (STATUSES.includes(value as TaskStatus)) return value as TaskStatus
      throw invalid(`there is no status ${shown(value)}`, `one of ${STATUSES.join(', ')}`)
    case 'text':
      return checkText(value, column)
    default:
      return kind satisfies never
  }
}

function checkText(value: unknown, where: string): string {
  if (typeof value === 'string' && value.length <= LONGEST_TEXT) return value
  throw invalid(`${where} is ${shown(value)}`, `a text of at most ${LONGEST_TEXT} characters`)
}

function checkSort(sort: unknown): Sort {
  const { by, order = 'desc' } = fieldsOf(sort, 'sort', ['by', 'order'])
  const column = SORT_COLUMNS.find((column) => column === by)
  if (column === undefined) throw invalid(`sort.by is ${shown(by)}`, `one of ${SORT_COLUMNS.join(', ')}`)
  if (order !== 'asc' && order !== 'desc') throw invalid(`sort.order is ${shown(order)}`, 'asc or desc')
  return { by: column, order }
}

function checkLimit(limit: unknown): number {
  if (Number.isInteger(limit) && Number(limit) >= 1 && Number(limit) <= LONGEST_PAGE) return Number(limit)
  throw invalid(`limit is ${shown(limit)}`, `a whole number from 1 to ${LONGEST_PAGE}`)
}

function fieldsOf(value: unknown, name: string, known: readonly string[]): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid(`${name} is ${shown(value)}`, 'an object')
  }
  const unknown = Object.keys(value).find((key) => !known.includes(key))
  if (unknown === undefined) return value as Readonly<Record<string, unknown>>
  throw invalid(`${name} has ${shown(unknown)}`, `one of ${known.join(', ')}`)
}

export function invalid(problem: string, expected: string): TsrvError {
  return new TsrvError('TASK_QUERY_INVALID', { problem, expected })
}

const LONGEST_SHOWN = 80

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text
}
