/** What passes between the store and its thread. Answers come in the order of the calls, so nothing carries a number. */
import type { MessagePort } from 'node:worker_threads'
import type { WireError } from '../../wire/error-report.ts'
import type { StoreCall } from './calls.ts'
import type { Durability } from './database.ts'
import type { Fault } from './faults.ts'
import type { Refusal } from './group.ts'

/** The thread's `workerData`. */
export interface StoreThreadData {
  readonly port: MessagePort
  readonly boot: StoreBoot
}

export interface StoreBoot {
  readonly file: string
  readonly durability: Durability
  /** The most calls of one transaction. */
  readonly groupLimit: number
}

export type ToStore =
  /** The calls of one turn, with the clocks of whoever asks. */
  | {
      readonly type: 'calls'
      readonly now: number
      readonly monotonic: number
      readonly calls: readonly StoreCall[]
    }
  | { readonly type: 'close' }

export type FromStore =
  | { readonly type: 'open'; readonly nextWake?: number }
  /** The store cannot be opened; the thread ends. */
  | { readonly type: 'failed'; readonly error: WireError }
  /** The oldest calls have been done, and committed. */
  | {
      readonly type: 'done'
      readonly results: readonly unknown[]
      readonly refused: readonly Refusal[]
      /** Milliseconds since 1970 at which something becomes claimable by itself. */
      readonly nextWake?: number
    }
  /** The oldest calls have not been done. */
  | { readonly type: 'undone'; readonly count: number; readonly fault: Fault }
