/** The task log in the SQLite store. */
import type { Progress } from '../../wire/messages.ts'
import type { Sql } from '../store/calls.ts'
import { RECORD_FIELDS } from '../store/log-columns.ts'
import { newRecordRow, recordFromRow, summaryFromRow, transitionRow } from '../store/record-rows.ts'
import type { StorePart } from '../store/store-part.ts'
import type {
  NewTaskRecord,
  PruneLimits,
  Selection,
  SelectionResult,
  TaskLog,
  TaskLogStats,
  TaskPage,
  TaskRecord,
  Transition,
} from '../task-log.ts'
import { cursorAfter } from './cursor.ts'
import { DEFAULT_SORT, pageSize, type TaskQuery } from './query.ts'
import { type CompiledSql, columnsOf, idsSql, searchSql, statsSql } from './sql-filter.ts'
import { CATEGORIES, CATEGORY_OF, type TaskStatus } from './statuses.ts'

/** Records that are archived in one go: queues wait meanwhile. */
const ARCHIVE_SLICE = 500

const GET = `SELECT ${columnsOf(RECORD_FIELDS)}, (SELECT data FROM payload WHERE payload.id = log.id) FROM log WHERE id = ?`

export class SqliteTaskLog implements TaskLog {
  readonly name = 'sqlite'
  readonly #store: StorePart

  constructor(store: StorePart) {
    this.#store = store
  }

  /** The store has done all of it when it was opened. */
  async initialise(): Promise<void> {}

  create(records: readonly NewTaskRecord[]): Promise<void> {
    return this.#store.call(
      'create',
      records.map((record) => newRecordRow(record, this.#store.own(record.data))),
    )
  }

  transition(id: number, change: Transition): Promise<boolean> {
    const result = change.result === undefined ? null : this.#store.own(change.result)
    return this.#store.call(
      'transition',
      change.to,
      transitionRow(id, change, result),
      change.parentId ?? null,
    )
  }

  progress(id: number, fence: number, progress: Progress): Promise<boolean> {
    return this.#store.call('progress', id, fence, JSON.stringify(progress), this.#store.clock.now())
  }

  async get(id: number): Promise<TaskRecord | undefined> {
    const [row] = await this.#select({ sql: GET, parameters: [id] })
    return row === undefined ? undefined : recordFromRow(row)
  }

  async search(query: TaskQuery): Promise<TaskPage> {
    const rows = await this.#select(searchSql(query))
    const records = rows.slice(0, pageSize(query)).map(summaryFromRow)
    const last = records.at(-1)
    return last === undefined || rows.length === records.length
      ? { records }
      : { records, next: cursorAfter(last, query.sort ?? DEFAULT_SORT) }
  }

  async stats(where: TaskQuery['where']): Promise<TaskLogStats> {
    const stats = Object.fromEntries(CATEGORIES.map((category) => [category, 0])) as Record<
      keyof TaskLogStats,
      number
    >
    for (const [status, count] of await this.#select(statsSql(where))) {
      stats[CATEGORY_OF[status as TaskStatus]] += Number(count)
    }
    return stats
  }

  async archive(wanted: Selection): Promise<SelectionResult> {
    const force = wanted.force ?? false
    const at = this.#store.clock.now()
    let done = 0
    const refused: SelectionResult['refused'][number][] = []
    for await (const ids of this.#slices(wanted)) {
      const result = await this.#store.call('archive', ids, force, at)
      done += result.done
      refused.push(...result.refused)
    }
    return { done, refused }
  }

  prune(limits: PruneLimits): Promise<number> {
    return this.#store.call('prune', limits)
  }

  close(): Promise<void> {
    return this.#store.close()
  }

  async *#slices(wanted: Selection): AsyncGenerator<readonly number[]> {
    if ('ids' in wanted) {
      const ids = [...new Set(wanted.ids)]
      for (let from = 0; from < ids.length; from += ARCHIVE_SLICE) yield ids.slice(from, from + ARCHIVE_SLICE)
      return
    }
    let after = -Infinity
    for (;;) {
      const rows = await this.#select(idsSql(wanted.where, after, ARCHIVE_SLICE))
      const ids = rows.map(([id]) => Number(id))
      if (ids.length > 0) yield ids
      if (ids.length < ARCHIVE_SLICE) return
      after = ids.at(-1) ?? Infinity
    }
  }

  #select({ sql, parameters }: CompiledSql): Promise<readonly (readonly Sql[])[]> {
    return this.#store.call('select', sql, parameters)
  }
}
