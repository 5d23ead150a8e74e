/** What a supervisor decides about, and whom it tells; processes and sockets are made elsewhere. */
import type { ChildProcess } from 'node:child_process'
import type { Socket } from 'node:net'
import type { Logger } from '../server.ts'
import type { RequestNote } from '../wire/heartbeat.ts'
import type { IdBlocks } from '../control/id-blocks.ts'
import type { Launch } from './launch.ts'
import type { Place, WorkerHandle } from './worker-handle.ts'

export interface SupervisorOptions {
  readonly launch: Launch
  readonly ids: IdBlocks
  readonly tasksSocket: string
  readonly tasksFile?: string
  readonly watch?: boolean
  readonly log: Logger
  readonly start: (place: Place, launch: Launch) => ChildProcess
  /** Makes room for this many HTTP workers. */
  readonly onResize: (workers: number) => void
  /** See `Slots.orphans`. */
  readonly orphans: (isServed: (slot: number) => boolean) => ReadonlyMap<number, Socket>
  /** What an HTTP worker has noted of its requests; it need not be able to answer. */
  readonly requestsOf: (worker: WorkerHandle) => RequestNote
  /** No connection is to be taken any more; the HTTP workers are told so next. */
  readonly onDrain: () => void
  /** The set of children changed: a new record of them is due. */
  readonly onCrewChange: (workers: readonly WorkerHandle[]) => void
}
