/**
 * Remembers what became of every task: for people, and for `tsrv task`. Nothing is ever decided by it, so a lost
 * entry loses no task. One file per implementation under `task-log/`, one contract suite.
 */
import type { Progress } from '../wire/messages.ts'
import type { TaskQuery } from './task-log/query.ts'
import type { StatusReason, TaskCategory, TaskStatus } from './task-log/statuses.ts'

export interface TaskLog {
  readonly name: string
  initialise(): Promise<void>

  /** Adds records with status `enqueued`; an id that is there already stays as it is. */
  create(records: readonly NewTaskRecord[]): Promise<void>

  /**
   * Changes a record if the table of transitions allows it and no newer fence has written: one compare-and-set, so
   * that of two ends only the first one counts.
   *
   * A task that completes while children of it have not ended becomes `child_running` instead, unless its record says
   * `masterStatus`. The end of the last child then ends it in the same step: as failed when a child failed, else as
   * completed; a cancelled child counts as ended, an archived one does not count.
   *
   * @returns whether the change was made
   */
  transition(id: number, change: Transition): Promise<boolean>

  /** Notes how far a running task is; dropped when it does not run (any more). */
  progress(id: number, fence: number, progress: Progress): Promise<boolean>

  get(id: number): Promise<TaskRecord | undefined>

  /** Newest first unless the query sorts otherwise. Records come without data and result. */
  search(query: TaskQuery): Promise<TaskPage>

  /** How many of the records that match are in each category. */
  stats(where: TaskQuery['where']): Promise<TaskLogStats>

  /**
   * Archives the records that match (or of `ids`): out of the default lists, kept until pruned.
   *
   * @returns what was done and what was refused, with the reason (`it is in progress`)
   */
  archive(wanted: Selection): Promise<SelectionResult>

  /** Deletes up to `slice` ended records older than `olderThan`, or beyond the newest `keep`; returns how many. */
  prune(limits: PruneLimits): Promise<number>

  close(): Promise<void>
}

export interface NewTaskRecord {
  readonly id: number
  readonly name: string
  readonly queue: string
  readonly label?: string
  readonly owner?: string
  readonly category?: string
  readonly parentId?: number
  /** Its own status stands, whatever becomes of its children. */
  readonly masterStatus?: boolean
  readonly retryOf?: number
  readonly priority: number
  readonly sender: string
  /** Milliseconds since 1970. */
  readonly createdAt: number
  readonly runAt: number
  /** Kept so that an ended task can be run again. */
  readonly data: Uint8Array
}

export interface TaskRecord extends NewTaskRecord {
  readonly status: TaskStatus
  readonly reason?: StatusReason
  readonly attempt: number
  readonly crashes: number
  readonly fence: number
  /** Lane and process that ran it last, for people. */
  readonly worker?: string
  readonly progress?: Progress
  /** Milliseconds since 1970. */
  readonly updatedAt: number
  readonly startedAt?: number
  readonly finishedAt?: number
  /** Milliseconds the handlers ran in the last attempt. */
  readonly duration?: number
  /** `name: message` of the error that ended the last attempt. */
  readonly error?: string
  /** The packed return value or WireError. */
  readonly result?: Uint8Array
}

export interface Transition {
  readonly to: TaskStatus
  /** Fence of the claim that speaks; 0 for a change made while nobody holds the task. */
  readonly fence: number
  readonly reason?: StatusReason
  readonly at: number
  readonly attempt?: number
  readonly crashes?: number
  readonly worker?: string
  readonly runAt?: number
  readonly duration?: number
  readonly error?: string
  readonly result?: Uint8Array
  /** The parent of the record, so that nobody has to look whether it has one. */
  readonly parentId?: number
}

export interface TaskPage {
  readonly records: readonly TaskSummary[]
  /** Pass it as `cursor` of the next query; absent on the last page. */
  readonly next?: string
}

export type TaskSummary = Omit<TaskRecord, 'data' | 'result'>

export type TaskLogStats = Readonly<Record<TaskCategory, number>>

export type Selection = ({ readonly ids: readonly number[] } | { readonly where: TaskQuery['where'] }) & {
  /** Also what is in progress. */
  readonly force?: boolean
}

export interface SelectionResult {
  readonly done: number
  readonly refused: readonly { readonly id: number; readonly reason: string }[]
}

export interface PruneLimits {
  /** Milliseconds since 1970; ended records before it go. */
  readonly olderThan: number
  /** Number of ended records that stay at most. */
  readonly keep: number
  /** At most this many in one call. */
  readonly slice: number
}
