/** The task log in memory: the newest ended records, and all that have not ended; gone with the process. */
import type { Progress } from '../../wire/messages.ts'
import type {
  NewTaskRecord,
  PruneLimits,
  Selection,
  SelectionResult,
  TaskLog,
  TaskLogStats,
  TaskPage,
  TaskRecord,
  TaskSummary,
  Transition,
} from '../task-log.ts'
import { changed, newRecord } from './change.ts'
import { afterCompletion } from './children.ts'
import { comparePlaces, cursorAfter, placeAfter, placeOf } from './cursor.ts'
import { matches } from './matches.ts'
import { completeWhere, DEFAULT_SORT, pageSize, type TaskQuery } from './query.ts'
import { archiveRefusal, CATEGORIES, CATEGORY_OF, ENDED, mayChange } from './statuses.ts'

export interface MemoryTaskLogOptions {
  /** Milliseconds since 1970. */
  readonly now?: () => number
  /** Ended records that stay at most; default 10,000. */
  readonly keep?: number
}

export class MemoryTaskLog implements TaskLog {
  readonly name = 'memory'

  readonly #now: () => number
  readonly #keep: number
  readonly #records = new Map<number, TaskRecord>()
  /** Ids of children by the id of their parent. */
  readonly #children = new Map<number, Set<number>>()
  /** Ids of ended records, the one that ended first coming first. */
  readonly #ended = new Set<number>()

  constructor({ now = Date.now, keep = 10_000 }: MemoryTaskLogOptions = {}) {
    this.#now = now
    this.#keep = keep
  }

  async initialise(): Promise<void> {}

  async create(records: readonly NewTaskRecord[]): Promise<void> {
    for (const record of records) {
      if (this.#records.has(record.id)) continue
      this.#records.set(record.id, newRecord(record))
      if (record.parentId !== undefined) this.#childrenOf(record.parentId).add(record.id)
    }
  }

  async transition(id: number, change: Transition): Promise<boolean> {
    const record = this.#records.get(id)
    if (record === undefined || !mayChange(record, change)) return false
    const { parentId, ...told } = change
    const follows = told.to === 'completed' && record.masterStatus !== true && this.#children.has(id)
    this.#keepChanged(follows ? this.#followed(changed(record, told), told.at) : changed(record, told))
    if (parentId !== undefined) this.#settleParent(parentId, told.at)
    return true
  }

  async progress(id: number, fence: number, progress: Progress): Promise<boolean> {
    const record = this.#records.get(id)
    if (record?.status !== 'running' || record.fence !== fence) return false
    this.#records.set(id, { ...record, progress, updatedAt: this.#now() })
    return true
  }

  async get(id: number): Promise<TaskRecord | undefined> {
    return this.#records.get(id)
  }

  async search(query: TaskQuery): Promise<TaskPage> {
    const { sort = DEFAULT_SORT } = query
    const after = placeAfter(query)
    const found = this.#matching(query.where)
      .filter((record) => after === undefined || comparePlaces(placeOf(record, sort), after, sort) > 0)
      .sort((one, other) => comparePlaces(placeOf(one, sort), placeOf(other, sort), sort))
    const page = found.slice(0, pageSize(query))
    const last = page.at(-1)
    const records = page.map(summaryOf)
    return last === undefined || page.length === found.length
      ? { records }
      : { records, next: cursorAfter(last, sort) }
  }

  async stats(where: TaskQuery['where']): Promise<TaskLogStats> {
    const stats = Object.fromEntries(CATEGORIES.map((category) => [category, 0])) as Record<
      keyof TaskLogStats,
      number
    >
    for (const { status } of this.#matching(where)) stats[CATEGORY_OF[status]]++
    return stats
  }

  async archive(wanted: Selection): Promise<SelectionResult> {
    const ids = 'ids' in wanted ? wanted.ids : this.#matching(wanted.where).map(({ id }) => id)
    const at = this.#now()
    const refused: { id: number; reason: string }[] = []
    for (const id of new Set(ids)) {
      const record = this.#records.get(id)
      const reason = archiveRefusal(record?.status, wanted.force ?? false)
      if (reason !== undefined) refused.push({ id, reason })
      else if (record !== undefined) this.#keepChanged(changed(record, { to: 'archived', fence: 0, at }))
      if (reason === undefined && record?.parentId !== undefined) this.#settleParent(record.parentId, at)
    }
    return { done: new Set(ids).size - refused.length, refused }
  }

  async prune({ olderThan, keep, slice }: PruneLimits): Promise<number> {
    const oldestFirst = [...this.#ended]
      .map((id) => ({ id, finishedAt: this.#records.get(id)?.finishedAt ?? 0 }))
      .sort((one, other) => one.finishedAt - other.finishedAt || one.id - other.id)
    const excess = oldestFirst.length - keep
    const pruned = oldestFirst
      .filter(({ finishedAt }, rank) => rank < excess || finishedAt < olderThan)
      .slice(0, slice)
    for (const { id } of pruned) this.#drop(id)
    return pruned.length
  }

  async close(): Promise<void> {}

  /** The end of a child may end its parent, which may be a child itself. */
  #settleParent(id: number, at: number): void {
    for (let next: number | undefined = id; next !== undefined;) {
      const parent = this.#records.get(next)
      if (parent?.status !== 'child_running') return
      const settled = this.#followed(parent, at)
      if (settled.status === 'child_running') return
      this.#keepChanged(settled)
      next = parent.parentId
    }
  }

  #followed(record: TaskRecord, at: number): TaskRecord {
    const children = [...this.#childrenOf(record.id)].flatMap((id) => this.#records.get(id) ?? [])
    const { reason: _reason, error: _error, finishedAt: _finishedAt, ...kept } = record
    const family = afterCompletion(children)
    const end = family.status === 'child_running' ? {} : { finishedAt: at }
    return { ...kept, ...family, ...end, updatedAt: at }
  }

  #childrenOf(id: number): Set<number> {
    const known = this.#children.get(id)
    if (known !== undefined) return known
    const children = new Set<number>()
    this.#children.set(id, children)
    return children
  }

  #matching(where: TaskQuery['where']): TaskRecord[] {
    const conditions = completeWhere(where)
    return [...this.#records.values()].filter((record) => matches(record, conditions))
  }

  #keepChanged(record: TaskRecord): void {
    const { id, status } = record
    this.#records.set(id, record)
    if (!ENDED.includes(status)) this.#ended.delete(id)
    else this.#ended.add(id)
    const [oldest] = this.#ended
    if (this.#ended.size > this.#keep && oldest !== undefined) this.#drop(oldest)
  }

  #drop(id: number): void {
    this.#ended.delete(id)
    const parentId = this.#records.get(id)?.parentId
    if (parentId !== undefined) this.#children.get(parentId)?.delete(id)
    this.#records.delete(id)
    this.#children.delete(id)
  }
}

function summaryOf({ data: _data, result: _result, ...summary }: TaskRecord): TaskSummary {
  return summary
}
