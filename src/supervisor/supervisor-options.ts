/** What a supervisor decides about, and whom it tells; processes and sockets are made elsewhere. */
import type { ChildProcess } from 'node:child_process'
import type { Logger } from '../server.ts'
import type { RequestNote } from '../wire/heartbeat.ts'
import type { LogPlace } from '../wire/messages.ts'
import type { IdBlocks } from '../control/id-blocks.ts'
import type { IsServed, Orphan } from './orphans.ts'
import type { Launch } from './launch.ts'
import type { Relief } from './shutdown.ts'
import type { Place, WorkerHandle } from './worker-handle.ts'

export interface SupervisorOptions {
  readonly launch: Launch
  readonly ids: IdBlocks
  readonly tasksSocket: string
  readonly tasksFile?: string
  readonly logPlace?: LogPlace | undefined
  readonly watch?: boolean
  /** Where HTTP workers of a generation listen, if that is a Unix socket. */
  readonly socketPath: (generation: number) => string | undefined
  readonly log: Logger
  /** Milliseconds on a clock that only runs forward: the time of day may be set. */
  readonly now: () => number
  readonly start: (place: Place, launch: Launch) => ChildProcess
  /** Makes room for this many HTTP workers. */
  readonly onResize: (workers: number) => void
  /** See `Addresses.orphans`. */
  readonly orphans: (worker: WorkerHandle, isServed: IsServed) => readonly Orphan[]
  /** What an HTTP worker has noted of its requests; it need not be able to answer. */
  readonly requestsOf: (worker: WorkerHandle) => RequestNote
  /** No connection is to be taken any more; the HTTP workers are told so next. */
  readonly onDrain: () => void
  /** The listening sockets belong to systemd, see `ShutdownOptions`. */
  readonly leavesSockets?: boolean
  /** HTTP workers of somebody else that serve while those of this supervisor stop. */
  readonly relief?: () => Relief | undefined
  /** The set of children changed: a new record of them is due. */
  readonly onCrewChange: (workers: readonly WorkerHandle[]) => void
}
