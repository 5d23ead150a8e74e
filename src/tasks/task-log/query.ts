/** What can be asked of the task log: conditions on columns, an order, and pages. */
import type { TaskStatus } from './statuses.ts'

/** One condition, or several that must all hold. As in SQL, none holds for a record that lacks the column. */
export interface Condition<Value> {
  readonly eq?: Value
  readonly neq?: Value
  readonly lt?: Value
  readonly lte?: Value
  readonly gt?: Value
  readonly gte?: Value
  /** `%` stands for any text, `_` for one character; case does not matter for ASCII letters. */
  readonly like?: string
  readonly notLike?: string
  readonly in?: readonly Value[]
  readonly notIn?: readonly Value[]
}

export const OPERATORS = [
  'eq',
  'neq',
  'lt',
  'lte',
  'gt',
  'gte',
  'like',
  'notLike',
  'in',
  'notIn',
] as const satisfies readonly (keyof Condition<unknown>)[]

export type Operator = (typeof OPERATORS)[number]

export interface TaskWhere {
  readonly id?: number | Condition<number>
  readonly status?: TaskStatus | Condition<TaskStatus>
  readonly name?: string | Condition<string>
  readonly queue?: string | Condition<string>
  readonly label?: string | Condition<string>
  readonly owner?: string | Condition<string>
  readonly category?: string | Condition<string>
  readonly attempt?: number | Condition<number>
  readonly createdAt?: number | Condition<number>
  readonly updatedAt?: number | Condition<number>
  readonly finishedAt?: number | Condition<number>
  readonly parentId?: number | Condition<number>
}

export type WhereColumn = keyof TaskWhere

export type ColumnKind = 'number' | 'time' | 'text' | 'status'

/** The columns that conditions may name. */
export const WHERE_COLUMNS = {
  id: 'number',
  status: 'status',
  name: 'text',
  queue: 'text',
  label: 'text',
  owner: 'text',
  category: 'text',
  attempt: 'number',
  createdAt: 'time',
  updatedAt: 'time',
  finishedAt: 'time',
  parentId: 'number',
} as const satisfies Readonly<Record<WhereColumn, ColumnKind>>

export const SORT_COLUMNS = [
  'id',
  'createdAt',
  'updatedAt',
  'finishedAt',
  'name',
  'status',
  'duration',
] as const

export type SortColumn = (typeof SORT_COLUMNS)[number]

export interface Sort {
  readonly by: SortColumn
  readonly order: 'asc' | 'desc'
}

export interface TaskQuery {
  /** Archived records only match when there is a condition on the status. */
  readonly where?: TaskWhere
  /** Equal ones by id, in the same direction; records without the column count as the smallest. Default: newest first. */
  readonly sort?: Sort
  /** Default 20, at most 1000. */
  readonly limit?: number
  /** `next` of the page before. */
  readonly cursor?: string
}

export const DEFAULT_SORT: Sort = { by: 'createdAt', order: 'desc' }

const DEFAULT_LIMIT = 20
export const LONGEST_PAGE = 1000

export function pageSize({ limit = DEFAULT_LIMIT }: TaskQuery): number {
  return Math.min(Math.max(Math.trunc(limit), 1), LONGEST_PAGE)
}

/** The conditions with what goes without saying: archived records are out of the lists. */
export function completeWhere(where: TaskWhere = {}): TaskWhere {
  return where.status === undefined ? { ...where, status: { neq: 'archived' } } : where
}

/** A bare value stands for `{ eq: value }`. */
export function conditionOf<Value extends string | number>(
  wanted: Value | Condition<Value>,
): Condition<Value> {
  return typeof wanted === 'object' ? wanted : { eq: wanted }
}
