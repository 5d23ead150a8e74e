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
  /**
   * Gets new code in: resolves when the successor is warm; it takes over when the running task has ended. Rejects
   * with the reason of a failed boot, the old code staying in place.
   */
  replace(): Promise<void>
  /** Runs its task to the end, then stops. */
  retire(): Promise<void>
  /** Ends now, also a running task. */
  stop(): Promise<void>
}

export interface LaneEvents {
  /** The lane became idle: after its start, a task, or a restart. */
  onIdle(): void
  onProgress(id: number, progress: Progress): void
}
