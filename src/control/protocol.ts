/**
 * What travels over the control socket: HTTP with JSON bodies, one route a question.
 * Both ends import these types; the server answers them, the command line asks them.
 */

/**
 * The questions a running server answers.
 *
 * | route | body | answer |
 * |---|---|---|
 * | `GET /status` | none | 200 with a `Status` |
 * | `POST /stop` | `StopRequest` or nothing | 202 with `{}`: the stop has begun |
 * | any other | | 404 with a `ControlError` |
 */
export const CONTROL_ROUTES = {
  status: { method: 'GET', path: '/status' },
  stop: { method: 'POST', path: '/stop' },
} as const

export type ControlRoute = keyof typeof CONTROL_ROUTES

/** Largest request body in bytes; a longer one is answered with 413 and its connection closed. */
export const MAX_CONTROL_BODY = 64 * 1024

export interface StopRequest {
  /** Skip draining and kill the children. Default false. */
  readonly force?: boolean
}

/** Body of every answer that is not a success. */
export interface ControlError {
  readonly code: string
  readonly message: string
}

export type ServerState = 'starting' | 'ready' | 'unhealthy' | 'stopping'

export interface Status {
  readonly name: string
  readonly version: string
  /** Process id of the supervisor. */
  readonly pid: number
  readonly state: ServerState
  /** ISO 8601. */
  readonly startedAt: string
  readonly uptimeMs: number
  /** Where requests are served, e.g. `http://127.0.0.1:8080`. */
  readonly urls: readonly string[]
  /** Absent when the server runs without a configuration file. */
  readonly configFile?: string
  readonly generation: number
  readonly workers: readonly WorkerStatus[]
  /** Absent when the server has no task workers, or its task server did not answer in time. */
  readonly tasks?: TasksStatus
  /** One sentence each for what an operator should look at; empty when all is well. */
  readonly problems: readonly string[]
}

/** One child of the supervisor. */
export interface WorkerStatus {
  readonly role: 'http' | 'tasks'
  readonly slot: number
  /** Absent while nobody fills the slot. */
  readonly pid?: number
  readonly state: string
  readonly generation: number
  /** How often this slot was filled again after a death. */
  readonly restarts: number
  readonly uptimeMs?: number
  readonly leader?: boolean
}

export interface TasksStatus {
  readonly workers: number
  readonly queued: number
  readonly running: number
  /** Since the task server was started, as is `failed`. */
  readonly finished: number
  readonly failed: number
  readonly lanes: readonly LaneStatus[]
}

export interface LaneStatus {
  readonly lane: number
  readonly state: 'starting' | 'idle' | 'busy' | 'dead'
  /** The task that runs in a busy lane. */
  readonly taskId?: number
}
