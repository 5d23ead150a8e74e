/** One task worker slot as the task server sees it. Production runs a thread in it, tests may run a function. */
import type { WireError } from '../../errors.ts'
import type { LaneState, Progress, ThreadAnswer, ThreadTask } from '../../wire/messages.ts'

export interface Lane {
  readonly number: number
  readonly state: LaneState
  /** Resolves when the lane can take its first task; rejects with the reason of a failed boot. */
  start(events: LaneEvents): Promise<void>
  /**
   * Runs one task; only when idle.
   *
   * @returns rejects only when the lane died under the task
   */
  run(task: ThreadTask): Promise<ThreadAnswer>
  /** Tells a running task that it is no longer wanted. */
  abort(id: number, reason: WireError): void
  stop(): Promise<void>
}

export interface LaneEvents {
  /** The lane became idle: after its start, a task, or a restart. */
  onIdle(): void
  onProgress(id: number, progress: Progress): void
}
