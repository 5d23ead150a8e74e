/** What the rules of the task log contract are played with. */
import assert from 'node:assert/strict'
import type { NewTaskRecord, TaskLog, TaskRecord, Transition } from '../../../src/tasks/task-log.ts'
import type { TaskStatus } from '../../../src/tasks/task-log/statuses.ts'
import { type FakeClock, START } from '../broker/stage.ts'

export { FakeClock, START } from '../broker/stage.ts'

export interface TaskLogOptions {
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** Makes an empty task log; the suite calls `initialise`. */
export type OpenTaskLog = (options: TaskLogOptions) => Promise<TaskLog>

/** Ends `former` as a crash would, as far as its store can tell, and opens the same store again. */
export type ReopenTaskLog = (former: TaskLog, options: TaskLogOptions) => Promise<TaskLog>

export interface LogStage {
  readonly log: TaskLog
  readonly clock: FakeClock
}

export interface LogRule {
  readonly rule: string
  /** Rejects when the task log breaks the rule. */
  readonly holds: (stage: LogStage) => Promise<void>
}

export function newRecord(id: number, fields: Partial<NewTaskRecord> = {}): NewTaskRecord {
  return {
    id,
    name: 'SendMail',
    queue: 'default',
    priority: 0,
    sender: 'http:1',
    createdAt: START + id,
    runAt: START + id,
    data: new Uint8Array([id % 256, 9]),
    ...fields,
  }
}

export function create(log: TaskLog, ...ids: number[]): Promise<void> {
  return log.create(ids.map((id) => newRecord(id)))
}

export function change(to: TaskStatus, fence: number, fields: Partial<Transition> = {}): Transition {
  return { to, fence, at: START + 1000, ...fields }
}

/** The steps by which a new record comes to a status, each under fence 5. */
export const WAY_TO: Readonly<Record<TaskStatus, readonly TaskStatus[]>> = {
  enqueued: ['running', 'enqueued'],
  dequeued: ['dequeued'],
  running: ['dequeued', 'running'],
  child_running: ['running', 'child_running'],
  completed: ['running', 'completed'],
  failed: ['running', 'failed'],
  cancelled: ['running', 'cancelled'],
  archived: ['running', 'completed', 'archived'],
  unknown: ['running', 'unknown'],
}

export const FENCE = 5

/** Makes records that have come to this status. */
export async function bring(log: TaskLog, status: TaskStatus, ...ids: number[]): Promise<void> {
  await create(log, ...ids)
  for (const id of ids) {
    for (const to of WAY_TO[status]) {
      const fence = to === 'archived' ? 0 : FENCE
      assert.equal(
        await log.transition(id, change(to, fence, { at: START + 1000 + id })),
        true,
        `${id} to ${to}`,
      )
    }
  }
}

export async function known(log: TaskLog, id: number): Promise<TaskRecord> {
  const record = await log.get(id)
  assert.ok(record !== undefined, `there is no record ${id}`)
  return record
}

export async function statusOf(log: TaskLog, id: number): Promise<TaskStatus | undefined> {
  return (await log.get(id))?.status
}

/** As JSON would show it: a field that holds nothing is not there. */
export function plain<T extends object>(record: T): T {
  const entries = Object.entries(record).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries.map(([key, value]) => [key, asBytes(value)])) as T
}

/** Stores may give any kind of byte array. */
function asBytes(value: unknown): unknown {
  return value instanceof Uint8Array ? [...value] : value
}
