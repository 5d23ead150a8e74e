/** One task worker slot as the task server sees it. Production runs a thread in it, tests may run a function. */
import type { WireError } from '../../wire/error-report.ts'
import type { LaneState, Progress } from '../../wire/messages.ts'
import type { ThreadAnswer, ThreadTask } from '../../wire/thread-messages.ts'

export interface Lane {
  readonly number: number
  /** It runs tasks of this queue only; undefined for any. */
  readonly queue?: string | undefined
  readonly state: LaneState
  /** How many tasks it takes now: its capacity less what runs; 0 while it starts, is dead, or is leaving. */
  readonly room: number
  /** Resolves when the lane can take its first task; rejects with the reason of a failed boot. */
  start(events: LaneEvents): Promise<void>
  /**
   * Runs one task; only when there is room.
   *
   * @returns rejects only with a LaneDeath: the thread died under the task
   */
  run(task: ThreadTask): Promise<ThreadAnswer>
  /** Tells a running task that it is no longer wanted; synchronous code cannot hear it, see `kill`. */
  abort(id: number, reason: WireError): void
  /**
   * Ends the thread that runs this task at once, with all that runs in it (a LaneDeath of kind 'killed' each), and sees
   * to the next one. Nothing when the task does not run here.
   */
  kill(id: number): void
  /**
   * Gets new code in: resolves when the successor is warm; it takes over when the running tasks have ended. Rejects
   * with the reason of a failed boot, the old code staying in place.
   */
  replace(): Promise<void>
  /** Runs its tasks to the end, then stops. */
  retire(): Promise<void>
  /** Ends now, also running tasks. */
  stop(): Promise<void>
}

export interface LaneEvents {
  /** There is room, or more of it: after a start, a task, or a restart. */
  onRoom(): void
  /** Never after the answer of the task. */
  onProgress(id: number, progress: Progress): void
}

export type LaneDeathKind = 'out-of-memory' | 'killed' | 'exited' | 'crashed'

/** Why a lane's thread died under a task: `kind` for the scheduler, the message for people. */
export class LaneDeath extends Error {
  override readonly name = 'LaneDeath'
  readonly kind: LaneDeathKind

  constructor(kind: LaneDeathKind, message: string, options?: ErrorOptions) {
    super(message, options)
    this.kind = kind
  }
}
