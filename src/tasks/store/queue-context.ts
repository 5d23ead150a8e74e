/** What the calls of the queue share inside the store thread. */
import type { Delays } from './delays.ts'
import type { HeldKeys } from './held-keys.ts'
import type { QueueBook } from './queue-book.ts'
import type { QueueStatements } from './queue-sql.ts'

export interface QueueContext {
  readonly sql: QueueStatements
  readonly book: QueueBook
  readonly keys: HeldKeys
  readonly delays: Delays
  readonly times: StoreTimes
  /** Number of this owner of the store, from 1: claims of any other one are abandoned. */
  readonly session: number
}

/** The clocks of whoever asks, as they were when it asked; set before every call. */
export interface StoreTimes {
  /** Milliseconds since 1970. */
  now: number
  /** Milliseconds on a clock that nobody sets: leases must not run out because the wall clock was corrected. */
  monotonic: number
}
