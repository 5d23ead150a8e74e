/** A task as the memory broker keeps it. */
import type { HeapNode } from '../../../util/heap.ts'
import type { PeekOptions, Claim, NewTask } from '../../broker.ts'
import type { TaskEnd, TaskEnvelope } from '../../task.ts'

export interface KeptTask {
  task: TaskEnvelope
  state: 'waiting' | 'running' | 'ended' | 'dead'
  attempt: number
  crashes: number
  isSuspect: boolean
  /** While it is claimed: it has not begun to run. */
  isAhead: boolean
  fence: number
  /** Its place among tasks of equal priority, for as long as it is here. */
  turn: number
  /** Milliseconds since 1970 from which it may run. */
  dueAt: number
  leaseMs: number
  leaseUntil: number
  end?: TaskEnd
  /** While it waits and is due: its place in the line. */
  inLine?: HeapNode<KeptTask>
  /** While it waits: its place among those that wait, by `dueAt`. */
  byDue?: HeapNode<KeptTask>
}

export function keptTask({ task, attempt, crashes }: NewTask, turn: number, now: number): KeptTask {
  const { createdAt, runAt } = task
  return {
    task,
    state: 'waiting',
    attempt,
    crashes,
    // Senders count a crash only when the task server died under the task.
    isSuspect: crashes > 0,
    isAhead: false,
    fence: 0,
    turn,
    // A task without delay is due when it comes, even if its sender's clock is ahead of ours.
    dueAt: runAt > createdAt ? runAt : Math.min(runAt, now),
    leaseMs: 0,
    leaseUntil: 0,
  }
}

export function claimOf({ task, attempt, crashes, isSuspect, fence }: KeptTask): Claim {
  return { task, attempt, crashes, isSuspect, fence }
}

const NO_DATA = new Uint8Array(0)

/** Only what may be run again needs its data. */
export function dropData(kept: KeptTask): void {
  kept.task = { ...kept.task, data: NO_DATA }
}

/** As `Broker.peek` asks for it. */
export function stateOf({ state, inLine }: KeptTask): PeekOptions['state'] | 'ended' {
  if (state !== 'waiting') return state
  return inLine === undefined ? 'delayed' : 'ready'
}
