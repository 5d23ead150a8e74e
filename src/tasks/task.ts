/** A task as brokers keep it. Data and results stay bytes: only sender and task worker decode them. */
import type { Backoff, FinishMeta, OnCrash, TaskMode } from '../wire/messages.ts'

/** What `tasks.queue` is without routes. */
export const DEFAULT_QUEUE = 'default'

export interface TaskEnvelope {
  readonly id: number
  readonly queue: string
  readonly data: Uint8Array
  /** What the data is, for people: the tag of its class or function, else `object`, `string` … */
  readonly name: string
  readonly label?: string
  readonly owner?: string
  readonly category?: string
  /** Higher numbers run first; equal ones in the order they came. */
  readonly priority: number
  /** Milliseconds since 1970, by the sender's clock. */
  readonly createdAt: number
  /** Milliseconds since 1970 before which it does not run; `createdAt` when it is not delayed. */
  readonly runAt: number
  /** While a task with this key waits or runs, and until `keyUntil` if that is later, others with it are duplicates. */
  readonly key?: string
  /** Milliseconds since 1970. */
  readonly keyUntil?: number
  /** Worker id of the sender, as `event.workerId` shows it. */
  readonly workerId: number
  /** Key of the sender's place, which a successor may fill, see `report-desk.ts`. */
  readonly sender: string
  /** Name of the process or thread itself that sent it. */
  readonly client: string
  /** The sender waits for this task itself (taskWait, submit). */
  readonly watched: boolean
  /** The failed task that this one repeats. */
  readonly retryOf?: number
  /** The task of which it is a part. */
  readonly parentId?: number
  /** Its own status stands, whatever becomes of its children. */
  readonly masterStatus?: boolean
  readonly policy: TaskPolicy
}

/** What the caller asked for; what is left out is decided by the config at the time the task runs. */
export interface TaskPolicy {
  /** How often it may run before a thrown error is its end. */
  readonly attempts?: number
  readonly backoff?: Backoff
  /** Milliseconds one attempt may take. */
  readonly timeout?: number
  /** 'fail' makes a task run at most once, even when its thread or task server dies under it. */
  readonly onCrash?: OnCrash
  readonly mode?: TaskMode
}

/** How a task ended, as its sender hears of it. */
export interface TaskEnd {
  readonly state: 'completed' | 'failed' | 'cancelled'
  readonly meta: FinishMeta
  /** The packed return value, or the packed WireError. */
  readonly result: Uint8Array
}
