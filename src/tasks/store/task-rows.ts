/** Tasks, claims and ends as rows, and back. Done where the caller is: the store thread has enough to do. */
import type { Claim, EndedTask, NewTask } from '../broker.ts'
import type { TaskEnd, TaskEnvelope } from '../task.ts'
import type { ClaimKey, ClaimRow, EndedRow, EndRow, EnvelopeRow, HeldTask, NewTaskRow } from './calls.ts'

const NO_DATA = new Uint8Array(0)

/** @param data the bytes of the task's data, in a buffer of their own */
export function newTaskRow({ task, attempt, crashes }: NewTask, now: number, data: Uint8Array): NewTaskRow {
  const { data: _data, ...envelope } = task
  const { id, queue, priority, createdAt, runAt, key = null } = envelope
  // A task without delay is due when it comes, even if its sender's clock is ahead of ours.
  const dueAt = runAt > createdAt ? Math.ceil(runAt) : Math.floor(Math.min(runAt, now))
  return [id, queue, priority, dueAt, attempt, crashes, key, JSON.stringify(envelope), data]
}

/** Data that is not needed any more is gone. */
export function envelopeFromRow([envelope, data]: EnvelopeRow): TaskEnvelope {
  return { ...(JSON.parse(envelope) as Omit<TaskEnvelope, 'data'>), data: data ?? NO_DATA }
}

export function claimFromRow(row: ClaimRow): Claim {
  const [envelope, data, , , attempt, crashes, suspect, fence] = row
  return {
    task: envelopeFromRow([envelope, data]),
    attempt,
    crashes,
    isSuspect: suspect === 1,
    fence,
  }
}

/** SQLite gives changed rows back in any order. */
export function inOrder(rows: readonly ClaimRow[]): readonly ClaimRow[] {
  return rows.toSorted(
    ([, , priority, turn], [, , otherPriority, otherTurn]) => otherPriority - priority || turn - otherTurn,
  )
}

export function claimKey({ task: { id }, fence }: Claim): ClaimKey {
  return [id, fence]
}

export function heldRow({ task: { id, queue, key, keyUntil }, fence }: Claim): HeldTask {
  return [id, fence, queue, key ?? null, keyUntil ?? null]
}

/** @param result the bytes of the end's result, in a buffer of their own */
export function endRow({ state, meta }: TaskEnd, result: Uint8Array): EndRow {
  return [state === 'failed', JSON.stringify({ state, meta }), result]
}

export function endedFromRow([envelope, end, result]: EndedRow): EndedTask {
  const { id, sender, client } = JSON.parse(envelope) as TaskEnvelope
  return { id, sender, client, end: { ...(JSON.parse(end) as Omit<TaskEnd, 'result'>), result } }
}
