/**
 * What can be asked of the store thread, as the functions it runs; what travels is the name and the arguments.
 * Rows are tuples in the order of the statement that binds them: cheaper to clone than objects, and bound as they are.
 */
import type { CancelResult, ClaimOptions, PeekOptions, QueueCounts, QueueState, Settled } from '../broker.ts'
import type { PruneLimits, SelectionResult } from '../task-log.ts'
import type { TaskStatus } from '../task-log/statuses.ts'

export type Sql = string | number | Uint8Array | null

export interface QueueCalls {
  enqueue(rows: readonly NewTaskRow[]): readonly EnqueueAnswer[]
  claim(wanted: ClaimWish): readonly ClaimRow[]
  begin(claims: readonly ClaimKey[]): void
  /** @returns the indexes of those that are lost */
  renew(claims: readonly ClaimKey[], leaseMs: number): readonly number[]
  settle(held: HeldTask, end: EndRow): Settled
  release(held: HeldTask, dueAt: number | null, refund: boolean, crashed: boolean): Settled
  cancel(id: number, end: EndRow): CancelRow
  forget(ids: readonly number[]): void
  undelivered(after: number, limit: number): readonly EndedRow[]
  reapExpired(): readonly ClaimRow[]
  counts(queue: string | null): QueueCounts
  /** `pausedUntil` is 0 for a queue that is not paused, and the largest safe integer for one without an end. */
  queues(): readonly (QueueState & { readonly pausedUntil: number })[]
  pause(queue: string, until: number): void
  peek(queue: string, state: PeekOptions['state'], limit: number, after: number): readonly EnvelopeRow[]
  redrive(queue: string, ids: readonly number[] | null): number
  /** Puts delayed tasks that are due in line; there may be more of them, see `nextDue` of the answer. */
  advance(): void
}

export interface ClaimWish extends Pick<ClaimOptions, 'queue' | 'max' | 'suspects' | 'leaseMs'> {
  readonly startNow: number
}

/** The id of the task that holds the key, for a duplicate. */
export type EnqueueAnswer = 'enqueued' | 'known' | number

export type NewTaskRow = readonly [
  id: number,
  queue: string,
  priority: number,
  dueAt: number,
  attempt: number,
  crashes: number,
  key: string | null,
  /** All but the data, as JSON. */
  envelope: string,
  data: Uint8Array,
]

export type EnvelopeRow = readonly [envelope: string, data: Uint8Array | null]

export type ClaimRow = readonly [
  envelope: string,
  data: Uint8Array | null,
  priority: number,
  turn: number,
  attempt: number,
  crashes: number,
  suspect: number,
  fence: number,
]

export type ClaimKey = readonly [id: number, fence: number]

export type HeldTask = readonly [
  id: number,
  fence: number,
  queue: string,
  key: string | null,
  keyUntil: number | null,
]

/** State and meta as JSON. */
export type EndRow = readonly [failed: boolean, end: string, result: Uint8Array]

export type EndedRow = readonly [envelope: string, end: string, result: Uint8Array]

export type CancelRow = Exclude<CancelResult['state'], 'ended'> | EnvelopeRow

export interface LogCalls {
  create(rows: readonly NewRecordRow[]): void
  /** @param parent of the task, whose status may change with it */
  transition(to: TaskStatus, row: TransitionRow, parent: number | null): boolean
  progress(id: number, fence: number, progress: string, at: number): boolean
  /** Runs what `sql-filter.ts` has compiled. */
  select(sql: string, parameters: readonly Sql[]): readonly (readonly Sql[])[]
  archive(ids: readonly number[], force: boolean, at: number): SelectionResult
  prune(limits: PruneLimits): number
}

export type NewRecordRow = readonly [
  data: Uint8Array,
  id: number,
  name: string,
  queue: string,
  label: string | null,
  owner: string | null,
  category: string | null,
  parentId: number | null,
  retryOf: number | null,
  priority: number,
  sender: string,
  createdAt: number,
  runAt: number,
  masterStatus: 1 | null,
]

/** After id, fence and time what the change tells, null for what it does not. */
export type TransitionRow = readonly [
  id: number,
  fence: number,
  at: number,
  reason: string | null,
  attempt: number | null,
  crashes: number | null,
  worker: string | null,
  runAt: number | null,
  duration: number | null,
  error: string | null,
  result: Uint8Array | null,
]

export interface ScheduleCalls {
  lastTicks(): readonly (readonly [name: string, last: number])[]
  setLastTick(name: string, last: number): void
}

export interface StoreCalls extends QueueCalls, LogCalls, ScheduleCalls {}

export type CallName = keyof StoreCalls

export type StoreCall<Name extends CallName = CallName> = readonly [
  name: Name,
  ...args: Parameters<StoreCalls[Name]>,
]
