/**
 * Every message between the task server and its task worker threads: piscina runs, and one MessagePort each for what
 * flows meanwhile.
 */
import type { MessagePort } from 'node:worker_threads'
import type { WireError } from './error-report.ts'
import type { Loaded } from './loaded.ts'
import type { FromTaskServer, IdGrant, IdRange, IdRangeKind, ToTaskServer } from './messages.ts'
import type { Progress } from './progress.ts'

export interface ThreadBoot<Config = unknown> {
  readonly do: 'boot'
  readonly config: Config
  readonly lane: number
  readonly generation: number
  readonly workerId: number
  /** Number of HTTP workers. */
  readonly workers: number
  readonly ids: IdGrant
  readonly tasksSocket: string
  readonly watch?: boolean
  readonly port: MessagePort
}

export interface ThreadTask {
  readonly do: 'task'
  readonly id: number
  readonly workerId: number
  readonly attempt: number
  readonly data: Uint8Array
  readonly owner?: string
}

/** The last thing a thread is asked for: WorkerStopEvent, dispose. */
interface ThreadStop {
  readonly do: 'stop'
}

/** Comes the way of the tasks, so that it cannot get there before its task. */
interface ThreadAbort {
  readonly do: 'abort'
  readonly id: number
  readonly reason: WireError
}

export type ThreadRun<Config = unknown> = ThreadBoot<Config> | ThreadTask | ThreadAbort | ThreadStop

/** What a run answers: bytes or an error record, never an exception, because cloning would strip it. */
export type ThreadAnswer =
  /** `again`: it has not ended; milliseconds until it is to run again. */
  | { readonly ok: true; readonly result?: Uint8Array; readonly again?: number; readonly duration: number }
  | { readonly ok: false; readonly error: Uint8Array; readonly duration: number }

export type FromThread =
  | { readonly type: 'sender'; readonly message: ToTaskServer }
  | { readonly type: 'progress'; readonly id: number; readonly progress: Progress }
  | { readonly type: 'log'; readonly line: string }
  | Loaded
  | { readonly type: 'ids?'; readonly kind: IdRangeKind; readonly request: number }

export type ToThread =
  | { readonly type: 'sender'; readonly message: FromTaskServer }
  | { readonly type: 'ids'; readonly range: IdRange; readonly request: number }
