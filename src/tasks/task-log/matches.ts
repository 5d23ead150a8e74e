/**
 * Whether a record matches the conditions of a query, exactly as SQL would judge: a comparison with a column that
 * has no value is neither true nor false, so the record does not match, not even `neq` or `notLike`.
 */
import type { TaskRecord } from '../task-log.ts'
import { type Cell, compareCells, isLike } from './order.ts'
import {
  type Condition,
  conditionOf,
  OPERATORS,
  type Operator,
  type TaskWhere,
  type WhereColumn,
} from './query.ts'

type Searched = Pick<TaskRecord, WhereColumn>

export function matches(record: Searched, where: TaskWhere): boolean {
  return (Object.keys(where) as WhereColumn[]).every((column) => {
    const wanted = where[column]
    return wanted === undefined || holds(record[column] ?? null, conditionOf<string | number>(wanted))
  })
}

function holds(cell: Cell, condition: Condition<string | number>): boolean {
  return OPERATORS.every((operator) => condition[operator] === undefined || isTrue(cell, operator, condition))
}

function isTrue(cell: Cell, operator: Operator, condition: Condition<string | number>): boolean {
  // Not being in an empty list is true even of nothing.
  if (operator === 'notIn' && condition.notIn?.length === 0) return true
  if (cell === null) return false
  switch (operator) {
    case 'eq':
      return cell === condition.eq
    case 'neq':
      return cell !== condition.neq
    case 'lt':
      return compareCells(cell, condition.lt ?? null) < 0
    case 'lte':
      return compareCells(cell, condition.lte ?? null) <= 0
    case 'gt':
      return compareCells(cell, condition.gt ?? null) > 0
    case 'gte':
      return compareCells(cell, condition.gte ?? null) >= 0
    case 'like':
      return isLike(String(cell), condition.like ?? '')
    case 'notLike':
      return !isLike(String(cell), condition.notLike ?? '')
    case 'in':
      return condition.in?.includes(cell) ?? false
    case 'notIn':
      return !(condition.notIn?.includes(cell) ?? false)
    default:
      return operator satisfies never
  }
}
