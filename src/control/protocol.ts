/**
 * What travels over the control socket: HTTP with JSON bodies, one route a question.
 * Both ends import these types; the server answers them, the command line asks them.
 */
import type { TaskStats } from '../wire/messages.ts'
import type { OpenWork } from '../wire/open-work.ts'

/**
 * The questions a running server answers.
 *
 * | route | body | answer |
 * |---|---|---|
 * | `GET /status` | none | 200 with a `Status` |
 * | `POST /stop` | `StopRequest` or nothing | 202 with `{}`: the stop has begun |
 * | `POST /reload` | `ReloadRequest` or nothing | 200 with a `ReloadReport` when all is replaced; 409 with a `ControlError` when the old code had to stay |
 * | `POST /scale` | `ScaleRequest` | 200 with a `ScaleReport` when what is new is ready; 422 with a `ControlError` when the counts had to stay |
 * | `POST /restart` | none | 202 with `{}` when new code serves beside the old and the supervisor begins to leave; 409 with a `ControlError` when all stays |
 * | `POST /tasks` | `TaskQuestion` | 200 with its `TaskAnswers`; 422 with a `ControlError` of the error table |
 * | `POST /work` | `WorkRequest` | 200 with JSON lines: `WorkOpened`, then `WorkNews` until it is closed; 422 as above |
 * | `POST /work/order` | `WorkOrderRequest` | 200 with `{}`; 422 when that work is over |
 * | any other | | 404 with a `ControlError` |
 */
export const CONTROL_ROUTES = {
  status: { method: 'GET', path: '/status' },
  stop: { method: 'POST', path: '/stop' },
  reload: { method: 'POST', path: '/reload' },
  scale: { method: 'POST', path: '/scale' },
  restart: { method: 'POST', path: '/restart' },
  tasks: { method: 'POST', path: '/tasks' },
  work: { method: 'POST', path: '/work' },
  workOrder: { method: 'POST', path: '/work/order' },
} as const

export type ControlRoute = keyof typeof CONTROL_ROUTES

/** Largest request body in bytes; a longer one is answered with 413 and its connection closed. */
export const MAX_CONTROL_BODY = 64 * 1024

export interface StopRequest {
  /** Skip draining and kill the children. Default false. */
  readonly force?: boolean
}

/** What to load again; counts that are not given stay as they are. */
export interface ReloadRequest {
  readonly workers?: number | 'auto'
  readonly taskWorkers?: number | 'auto'
  /** Only the HTTP workers, or only the task workers. Default: both. */
  readonly only?: 'http' | 'tasks'
}

export interface ReloadReport {
  /** Number of the code and config that runs now. */
  readonly generation: number
  /** Processes and task workers that run new code: `http 0`, `tasks`. */
  readonly replaced: readonly string[]
  /** Settings that changed but wait for a restart of the server, and what else is left to do. */
  readonly warnings: readonly string[]
  /** Where requests are served from now on, if that has changed. */
  readonly urls?: readonly string[]
}

/** Other counts, of the code that runs; one that is not given stays as it is. */
export type ScaleRequest = Pick<ReloadRequest, 'workers' | 'taskWorkers'>

interface WorkerCounts {
  readonly workers: number
  readonly taskWorkers: number
}

export interface ScaleReport extends WorkerCounts {
  readonly before: WorkerCounts
}

/** Lanes besides those of the server, which it has until the connection ends. */
export interface WorkRequest {
  readonly lanes: number
  /** Tasks that they run in all; without it, until they are closed. */
  readonly limit?: number
  /** They run tasks of this queue only. */
  readonly queue?: string
}

/** The first line of the answer. */
export interface WorkOpened {
  readonly work: number
}

export interface WorkOrderRequest {
  readonly work: number
  readonly do: 'pause' | 'resume' | 'close'
}

/** Body of every answer that is not a success. */
export interface ControlError {
  readonly code: string
  readonly message: string
}

interface BlockedStatus {
  readonly forMs: number
  /** `GET /path` of requests that were open then, those that had waited longest first. */
  readonly requests: readonly string[]
}

export type ServerState = 'starting' | 'ready' | 'unhealthy' | 'restarting' | 'stopping'

export interface Status {
  readonly name: string
  readonly version: string
  /** Process id of the supervisor. */
  readonly pid: number
  readonly state: ServerState
  /** When this supervisor began, also one that a restart has put into the same process; ISO 8601. */
  readonly startedAt: string
  /** Since then, whatever has become of the time of day. */
  readonly uptimeMs: number
  /** Where requests are served, e.g. `http://127.0.0.1:8080`. */
  readonly urls: readonly string[]
  /** Where the admin listener answers; absent when there is none. */
  readonly admin?: string
  /** Absent when the server runs without a configuration file. */
  readonly configFile?: string
  /** Absent when the server runs in the foreground and logs to its standard output. */
  readonly logFile?: string
  readonly generation: number
  /** Absent before the first one. */
  readonly lastReload?: LastReload
  readonly workers: readonly WorkerStatus[]
  /** Absent when the server has no task workers, or its task server did not answer in time. */
  readonly tasks?: TaskStats
  /** One sentence each for what an operator should look at; empty when all is well. */
  readonly problems: readonly string[]
}

export interface LastReload {
  /** When it began; ISO 8601. */
  readonly at: string
  /** What asked for it: a command, the name of a signal, `watch`. */
  readonly by: string
  /** Of the HTTP workers or the task workers alone. */
  readonly only?: 'http' | 'tasks'
  /** `failed`: what could not be replaced keeps its old code. */
  readonly result: 'running' | 'done' | 'failed'
  /** Why it failed. */
  readonly reason?: string
  /** Of the code that it has brought. */
  readonly generation?: number
  readonly durationMs?: number
}

/** One child of the supervisor. */
export interface WorkerStatus {
  readonly role: 'http' | 'tasks' | 'service'
  readonly slot: number
  /** Of a service. */
  readonly name?: string
  /** Absent while nobody fills the slot. */
  readonly pid?: number
  readonly state: string
  readonly generation: number
  /** How often this slot was filled again after a death or a failure. */
  readonly restarts: number
  /** How often its worker was replaced because it had worked enough. */
  readonly recycles: number
  /** Milliseconds by which its event loop was late at worst in the last ten seconds. */
  readonly delayMs?: number
  /** Resident memory in bytes. */
  readonly memory?: number
  /** Of an HTTP worker: requests it has served, and those that are open. */
  readonly requests?: { readonly served: number; readonly open: number }
  /** Its event loop does not turn, or the process is suspended. */
  readonly blocked?: BlockedStatus
  readonly uptimeMs?: number
  readonly leader?: boolean
  /** What it has to finish yet, of a process that drains. */
  readonly open?: OpenWork
}

/** As much of the status as needs nobody to be asked. */
export interface Health {
  readonly state: ServerState
  /** What the HTTP workers do: `blocked` is every one of them, `gone` that none is ready. */
  readonly http: 'serving' | 'blocked' | 'gone'
}
