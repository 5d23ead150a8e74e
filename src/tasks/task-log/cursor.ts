/**
 * Where a page ended. The cursor holds the last record's place in the order, not a count, so that records which
 * come or go meanwhile neither repeat nor hide others.
 */
import { TsrvError } from '../../errors.ts'
import type { TaskRecord } from '../task-log.ts'
import { type Cell, compareCells } from './order.ts'
import { DEFAULT_SORT, type Sort, type SortColumn, type TaskQuery } from './query.ts'

export interface Place {
  readonly value: Cell
  readonly id: number
}

type Sorted = Pick<TaskRecord, SortColumn>

export function placeOf(record: Sorted, { by }: Sort): Place {
  return { value: record[by] ?? null, id: record.id }
}

/** Smaller than 0 when `one` comes first. */
export function comparePlaces(one: Place, other: Place, { order }: Sort): number {
  const ascending = compareCells(one.value, other.value) || one.id - other.id
  return order === 'asc' ? ascending : -ascending
}

/** An opaque text for `TaskQuery.cursor`. */
export function cursorAfter(record: Sorted, sort: Sort): string {
  const { value, id } = placeOf(record, sort)
  return Buffer.from(JSON.stringify([sort.by, sort.order, value, id])).toString('base64url')
}

/**
 * The place after which the page of this query starts; undefined for the first page.
 *
 * @throws TsrvError TSRV_TASK_QUERY_INVALID when the cursor is of another order, or no cursor at all
 */
export function placeAfter({ cursor, sort = DEFAULT_SORT }: TaskQuery): Place | undefined {
  if (cursor === undefined) return undefined
  const [by, order, value, id] = read(cursor)
  if (by === sort.by && order === sort.order && Number.isSafeInteger(id) && isCell(value)) {
    return { value, id: id as number }
  }
  throw new TsrvError('TASK_QUERY_INVALID', {
    problem: `the cursor ${JSON.stringify(cursor)} does not fit`,
    expected: 'the cursor that came with the page before, and the same order as there',
  })
}

function read(cursor: string): readonly unknown[] {
  try {
    const place: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    return Array.isArray(place) ? place : []
  } catch {
    return []
  }
}

function isCell(value: unknown): value is Cell {
  return value === null || typeof value === 'string' || typeof value === 'number'
}
