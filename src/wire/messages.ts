/**
 * Every message between tsrv's processes (those of the threads: `thread-messages.ts`). A new message is a new member of a
 * union here; each switch over that union then fails to compile until it is handled.
 */
import type { WireError } from './error-report.ts'
import type { Beat } from './heartbeat.ts'
import type { Loaded } from './loaded.ts'
import type { OpenWork } from './open-work.ts'
import type { Progress } from './progress.ts'
import type { TaskAnswer, TaskQuestion } from './task-questions.ts'
import type { WorkNews, WorkOrder } from './work.ts'

export type { Progress } from './progress.ts'

// ---- supervisor <-> HTTP worker and task server (IPC of child_process.fork)

/** A range of task ids, both ends included, that belongs to one sender alone. */
export interface IdRange {
  readonly first: number
  readonly last: number
}

export type IdRangeKind = 'block' | 'reserve'

/** What a sender may number its tasks with: a block for every day, a reserve for loops that outrun the refill. */
export interface IdGrant {
  readonly block: IdRange
  readonly reserve: IdRange
}

/** A log that is a file. */
export interface LogPlace {
  /** Absolute. */
  readonly file: string
  /** What programs print goes there as well: nobody sees the standard output of a server in the background. */
  readonly isOutput: boolean
}

/** All a child needs to know to start; the config is plain data and carries no functions. */
export interface Boot<Config = unknown> {
  readonly config: Config
  readonly slot: number
  readonly generation: number
  /** Number of HTTP workers and of task workers; worker ids run 0 … workers-1, then the task workers. */
  readonly workers: number
  readonly taskWorkers: number
  readonly tasksSocket: string
  /** Environment of the user's code: what task workers get that are started after a reload of `.env`. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Where the sqlite broker keeps its database; absent when the run directory cannot be written. */
  readonly tasksFile?: string
  /** Where an HTTP worker listens, if that is a Unix socket. */
  readonly socketPath?: string
  /** Absent when records go to standard output. */
  readonly logPlace?: LogPlace
  /** Name of the service that this process is. */
  readonly service?: string
  /** The supervisor wants to hear which files the user's code loads. */
  readonly watch?: boolean
  readonly ids: IdGrant
}

export type ToChild<Config = unknown> =
  | { readonly type: 'boot'; readonly boot: Boot<Config> }
  /** To a worker that was started ahead: `boot` comes later, do until then what can be done without it. */
  | { readonly type: 'warm-up' }
  | { readonly type: 'ids'; readonly range: IdRange; readonly request: number }
  /** You are the leader now. `first`: the server has just started (ServerStartEvent is due). */
  | { readonly type: 'lead'; readonly first: boolean }
  /** Another worker died: the leader tells the listeners of WorkerErrorEvent. */
  | { readonly type: 'worker-error'; readonly death: WorkerDeath }
  /** Comes with a socket that nobody serves for itself, or of an older address: accept from it as well. */
  | { readonly type: 'adopt'; readonly key: string }
  /** Accept no longer from that socket: it is served again, or given up, with nobody else who accepts from it. */
  | { readonly type: 'release'; readonly key: string; readonly isGivenUp?: boolean }
  /** Accept nothing new and finish what is open, but stay: the leader still hears of tasks that end. */
  | ({ readonly type: 'close' } & DrainTerms)
  /**
   * Accept nothing new, finish what is open, then leave. `last`: the whole server stops (ServerShutdownEvent).
   * `handsOver`: another task server follows at once, to which senders send what this one has not accepted.
   */
  | ({ readonly type: 'drain'; readonly last: boolean; readonly handsOver?: boolean } & DrainTerms)
  /** The leader tells the listeners of BeforeReloadEvent or AfterReloadEvent. */
  | { readonly type: 'reload-event'; readonly when: 'before' | 'after' }
  /** To the task server: give the task workers new code and config, one after the other. */
  | { readonly type: 'reload'; readonly boot: Boot<Config> }
  /** To the task server: have this many task workers, of the code that runs; answered as `reload` is. */
  | { readonly type: 'resize'; readonly taskWorkers: number }
  | { readonly type: 'stats?' }
  /** To the task server, about its tasks; it answers each request once. */
  | { readonly type: 'ask'; readonly request: number; readonly question: TaskQuestion }
  /** To the task server, about the lanes of one `tsrv work`. */
  | { readonly type: 'work'; readonly work: number; readonly order: WorkOrder }

export interface DrainTerms {
  /** Milliseconds until what is still open is cut. */
  readonly within: number
  /** Milliseconds that idle keep-alive connections get to ask once more. */
  readonly idleGrace: number
  /** The whole server stops. */
  readonly isStop?: boolean
  /** Nobody else accepts from these sockets, now or later: in a stop, unless they are systemd's, and after a move. */
  readonly givesUpSockets?: boolean
}

export type FromChild =
  /** `resumed`, of a task server: the tasks that an earlier one left to it. */
  | { readonly type: 'ready'; readonly resumed?: number }
  | { readonly type: 'boot-failed'; readonly error: WireError }
  | Loaded
  | { readonly type: 'ids?'; readonly kind: IdRangeKind; readonly request: number }
  | { readonly type: 'led' }
  | { readonly type: 'closed' }
  /** What is still open during a drain, when that has changed. */
  | { readonly type: 'open'; readonly open: OpenWork }
  /** What was cut when the time of the drain was up, or is lost with the process. */
  | { readonly type: 'cut'; readonly cut: OpenWork }
  /** The leader has run its stop listeners at the start of its drain: another may lead. */
  | { readonly type: 'resigned' }
  /** Once a second, from every process that is ready. */
  | { readonly type: 'beat'; readonly beat: Beat }
  /** It ends by itself, for this reason. */
  | { readonly type: 'last-words'; readonly reason: string }
  /** An HTTP worker wants a successor, and serves until that is ready. */
  | ({ readonly type: 'retire' } & Retirement)
  | { readonly type: 'reloaded' }
  | { readonly type: 'reload-failed'; readonly error: WireError }
  | { readonly type: 'stats'; readonly stats: TaskStats }
  | { readonly type: 'answer'; readonly request: number; readonly answer: TaskAnswer }
  | { readonly type: 'answer'; readonly request: number; readonly error: WireError }
  | { readonly type: 'work'; readonly work: number; readonly news: WorkNews }

export interface Retirement {
  /** `failed`: an error escaped everything, and nobody knows what it left behind. `worn`: it has worked enough. */
  readonly because: 'failed' | 'worn'
  /** Completes "is replaced: …". */
  readonly reason: string
}

export interface WorkerDeath {
  readonly role: 'http' | 'tasks'
  readonly workerId: number
  readonly pid: number
  readonly exitCode: number | null
  readonly signal: string | null
}

export type LaneState = 'starting' | 'idle' | 'busy' | 'dead'

export interface LaneStats {
  readonly lane: number
  readonly state: LaneState
  readonly taskId?: number
}

/** Counters of the task server since it started. */
export interface TaskStats {
  readonly workers: number
  readonly queued: number
  readonly running: number
  readonly finished: number
  readonly failed: number
  /** Tasks that an earlier task server left in the store. */
  readonly resumed: number
  readonly lanes: readonly LaneStats[]
}

// ---- senders of tasks <-> task server (tasks.sock, a MessagePort, or memory)

/** Who sends tasks over a channel. A slot keeps its number when its worker is replaced, so results find the successor. */
export type Sender =
  | { readonly kind: 'http'; readonly slot: number; readonly workerId: number }
  | { readonly kind: 'task-worker'; readonly slot: number; readonly workerId: number }
  | { readonly kind: 'service'; readonly slot: number; readonly workerId: number }

/** What is known of a task besides its data. */
export interface TaskMeta {
  /** Runs it has had; not 0 only when a task server without a store died under it. */
  readonly attempt: number
  /** How often a process or thread died while this task ran in it. */
  readonly crashes: number
  /** The sender wants `progress` messages. */
  readonly watched: boolean
  /** What the data is, for people: the tag of its class or function, else `object`, `string` … */
  readonly name: string
  /** Milliseconds since 1970. */
  readonly createdAt: number
  /** What the caller asked for; absent when that was nothing. */
  readonly wishes?: TaskWishes
}

/** The options of one task() call that the task server has to know. Times in milliseconds. */
export interface TaskWishes {
  readonly delay?: number
  readonly priority?: number
  readonly attempts?: number
  readonly backoff?: Backoff
  readonly timeout?: number
  readonly key?: string
  readonly ttl?: number
  readonly label?: string
  readonly owner?: string
  readonly category?: string
  readonly onCrash?: OnCrash
  readonly mode?: TaskMode
  /** Absent for the default queue. */
  readonly queue?: string
  /** The task of which this one is a part. */
  readonly parent?: number
  /** Its own status stands, whatever becomes of its children. */
  readonly masterStatus?: boolean
}

/** The pause before another attempt; `exponential` doubles `delay` each time, up to `longest`. */
export interface Backoff {
  readonly kind: 'fixed' | 'exponential'
  /** Milliseconds. */
  readonly delay: number
  /** Milliseconds. */
  readonly longest: number
}

export type OnCrash = 'retry' | 'fail'

/** Whether other tasks may run in the same thread meanwhile. */
export type TaskMode = 'exclusive' | 'shared'

export interface FinishMeta {
  readonly failed: boolean
  readonly attempt: number
  /** Milliseconds the handlers ran; 0 when they never did. */
  readonly duration: number
  /** It may have been handled before: its receiver died over it, or the task server did before it heard so. */
  readonly redelivered: boolean
  /** Worker id of the sender. */
  readonly workerId: number
}

/** How a task of a sync queue ended. */
export interface RanMeta {
  readonly state: 'completed' | 'failed' | 'cancelled'
  /** Milliseconds. */
  readonly duration: number
}

export type ToTaskServer =
  /** `client` names the sending process or thread itself: its successor in the slot has another one. */
  | { readonly type: 'hello'; readonly sender: Sender; readonly client: string }
  | { readonly type: 'task'; readonly id: number; readonly meta: TaskMeta; readonly data: Uint8Array }
  /** It ran where it was sent, in a sync queue: for the task log. `result` as in `finish`. */
  | {
      readonly type: 'ran'
      readonly id: number
      readonly meta: TaskMeta
      readonly data: Uint8Array
      readonly end: RanMeta
      readonly result: Uint8Array
    }
  | { readonly type: 'cancel'; readonly id: number }
  /** The finish report has been handled; the task server may forget the task. */
  | { readonly type: 'received'; readonly id: number }
  /** The sender leads: it also receives the reports of tasks whose sender cannot take them. */
  | { readonly type: 'leader' }

export type FromTaskServer =
  /**
   * Answers `hello`. A name other than last time: the task server was replaced, what ran in it did not survive.
   * `durable`: what was accepted is in a store and need not be sent again.
   */
  | { readonly type: 'welcome'; readonly server: string; readonly durable: boolean }
  | { readonly type: 'accepted'; readonly id: number }
  /** Not taken: task `of` with the same key waits, runs, or ended less than its ttl ago. */
  | { readonly type: 'duplicate'; readonly id: number; readonly of: number }
  /** Without a store: the task runs from now on; a death of the task server counts as a crash of this task. */
  | { readonly type: 'started'; readonly id: number }
  | { readonly type: 'progress'; readonly id: number; readonly progress: Progress }
  /** Answers `cancel`: there was a task to cancel, and its end follows. */
  | { readonly type: 'cancelling'; readonly id: number; readonly found: boolean }
  /** `result` is the packed return value, or the packed WireError of a failure. */
  | { readonly type: 'finish'; readonly id: number; readonly meta: FinishMeta; readonly result: Uint8Array }
  /**
   * The same for those who wait for the task, after somebody else got the finish report because this sender had no
   * line: no event comes of it, nobody expects `received`, and it may come again.
   */
  | { readonly type: 'ended'; readonly id: number; readonly meta: FinishMeta; readonly result: Uint8Array }
