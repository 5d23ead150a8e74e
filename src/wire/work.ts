/** Lanes that a running server has for the time of one `tsrv work`: what is asked of them, and what they tell. */
import type { WireError } from './error-report.ts'

export type WorkOrder =
  /** `limit`: tasks that these lanes run in all, then they end by themselves. `queue`: they run no others. */
  | { readonly do: 'open'; readonly lanes: number; readonly limit?: number; readonly queue?: string }
  | { readonly do: 'pause' | 'resume' }
  /** What runs is run to its end. */
  | { readonly do: 'close' }

export type WorkNews =
  /** All lanes are ready; these are their numbers. */
  | { readonly is: 'open'; readonly lanes: readonly number[] }
  | {
      readonly is: 'started'
      readonly id: number
      readonly name: string
      readonly label?: string
      readonly lane: number
      readonly attempt: number
    }
  | {
      readonly is: 'finished'
      readonly id: number
      readonly name: string
      readonly label?: string
      readonly lane: number
      readonly attempt: number
      readonly how: WorkEnd
      /** Milliseconds. */
      readonly duration: number
      /** `name: message`, unless it completed. */
      readonly error?: string
    }
  | { readonly is: 'paused' | 'resumed' }
  /** Nothing follows. With an error: it was not the asker who ended it. */
  | { readonly is: 'closed'; readonly error?: WireError }

/** How one run ended; a failed one may be followed by another, a rescheduled one is. */
type WorkEnd = 'completed' | 'rescheduled' | 'failed' | 'crashed'
