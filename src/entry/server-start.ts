/** What a supervisor is started with, and what it tells whoever started it. */
import type { Config } from '../config/config.ts'
import type { LoadedConfig } from '../config/load.ts'
import type { RunDirectory } from '../control/run-directory.ts'
import type { ProcessLog } from '../log/process-log.ts'
import type { StopOutcome } from '../supervisor/shutdown.ts'
import type { Watch } from '../supervisor/watch/watch.ts'
import type { CountsRequest } from './reloads.ts'
import type { StopSignals } from './stop-signals.ts'
import type { WatchNews } from './watched-reloads.ts'

export interface ServerStart {
  readonly config: Config
  /** Listens already, because a start may be stopped before it gets here. */
  readonly stops: StopSignals
  readonly paths: RunDirectory
  readonly env: Readonly<Record<string, string | undefined>>
  /** This process was the supervisor before, and has become a new one. */
  readonly isSuccessor?: boolean
  /** Of a server in the background: where it logs unless the configuration names a file. */
  readonly logFile?: string
  /** Loads the configuration again, as a reload wants it. */
  readonly load: (counts: CountsRequest) => Promise<LoadedConfig>
  /** Reloads when one of these files changes. */
  readonly watch?: { readonly files: Watch; readonly tell: (news: WatchNews, log: ProcessLog) => void }
  /** Everything is ready. */
  readonly onReady: (server: ReadyServer, log: ProcessLog) => void
  readonly onStopping: (reason: string, log: ProcessLog) => void
  /** All processes are gone, and no other supervisor follows. */
  readonly onStopped: (stopped: Stopped, log: ProcessLog) => void
}

export interface Stopped extends StopOutcome {
  /** Nobody forced it, and nothing was cut. */
  readonly isGraceful: boolean
  readonly isForced: boolean
  readonly milliseconds: number
}

export interface ReadyServer {
  readonly urls: readonly string[]
  readonly workers: number
  readonly taskWorkers: number
  /** Tasks that an earlier server left to this one. */
  readonly resumed: number
  /** Where the admin listener answers, if there is one. */
  readonly admin: string | undefined
  /** Number of files that are watched; absent when none are. */
  readonly watching?: number
}
