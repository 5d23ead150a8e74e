/**
 * What is said between a stand-in and the supervisor: first the one that it stands in for, then that one's successor,
 * over the same channel. The two may be of different versions of tsrv.
 */
import type { WireError } from './error-report.ts'
import type { DrainTerms, IdRange, IdRangeKind } from './messages.ts'

/** Another number for messages that an older version would not understand; a stand-in refuses what it does not know. */
export const STAND_IN_PROTOCOL = 1

/** What a supervisor leaves to its successor, besides the sockets themselves. */
export interface Legacy {
  readonly generation: number
  /** Of the sockets, as many have a slot; the rest are accepted from by all workers. */
  readonly slots: number
  readonly mode: 'per-worker' | 'shared'
  /** Of each socket, the path when it is a Unix one; else null. */
  readonly paths: readonly (string | null)[]
  /** Where they were wanted, so that a change of the configuration shows. */
  readonly target: string
  /** Bound by systemd, which decides about the address. */
  readonly isActivated: boolean
  /** Of its admin listener; null when it has none. */
  readonly adminPort: number | null
  /** Counts that a reload or a signal asked for, and that hold from then on. */
  readonly counts: { readonly workers?: number | 'auto'; readonly taskWorkers?: number | 'auto' }
}

export type ToStandIn =
  /** The first message; the sockets are descriptors from `FIRST_SOCKET` on. */
  | ({ readonly type: 'stand-in'; readonly protocol: number } & Legacy)
  | { readonly type: 'ids'; readonly request: number; readonly range: IdRange }
  /** Say nothing more until the successor speaks: what comes in between might be read by halves. */
  | { readonly type: 'hush' }
  /** From the successor: the sockets, please. */
  | { readonly type: 'successor' }
  /** Drain and end. */
  | ({ readonly type: 'leave' } & DrainTerms)

export type FromStandIn =
  /** The first message: who it is, should it have to be killed. */
  | { readonly type: 'begun'; readonly processes: readonly StandInProcess[] }
  | { readonly type: 'ids?'; readonly request: number; readonly kind: IdRangeKind }
  /** All its HTTP workers serve. */
  | { readonly type: 'standing'; readonly processes: readonly StandInProcess[] }
  | { readonly type: 'failed'; readonly error: WireError }
  | { readonly type: 'hushed' }
  | ({ readonly type: 'legacy'; readonly processes: readonly StandInProcess[] } & Legacy)
  /** Comes with one socket of the legacy. */
  | { readonly type: 'socket' }

/** Descriptors of a stand-in from here on are the sockets. */
export const FIRST_SOCKET = 4

/** A process that would have to be killed if everybody else were. */
export interface StandInProcess {
  readonly role: 'stand-in' | 'http'
  readonly slot: number
  readonly pid: number
  readonly startTime: string
}
