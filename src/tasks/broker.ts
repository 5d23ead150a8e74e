/**
 * Keeps the tasks that wait, run, or have ended without their sender knowing it yet. One file per implementation
 * under `brokers/`, one contract suite for all of them. Retry policy, lanes, selection of queues and the task log
 * are above it, so that every broker behaves alike.
 *
 *              claim            settle             forget
 *     ready ──────────► running ──────────► ended ──────────► (gone, or dead when it failed)
 *       ▲  ◄──────────────┘ release           ▲                  │ redrive
 *       │                   reapExpired       │ cancel           │
 *       └─────────────────────────────────────┼──────────────────┘
 *       └─────────────────────────────────────┘
 */
import type { TaskEnd, TaskEnvelope } from './task.ts'

export interface Broker {
  /** As in the config: `memory`, `sqlite` … */
  readonly name: string
  readonly capabilities: BrokerCapabilities

  /**
   * Makes tables or queues, migrates, and takes over what a former owner left. May be called again, by several at
   * a time.
   *
   * @throws TsrvError TSRV_BROKER_UNAVAILABLE
   */
  initialise(): Promise<void>

  /**
   * Takes tasks in, all or none; resolves when they are kept as safely as this broker promises.
   *
   * @returns one result per task, in their order
   */
  enqueue(tasks: readonly NewTask[]): Promise<readonly EnqueueResult[]>

  /**
   * Gives tasks out, the most urgent first; never more than `max`, none when none is due or the queue is paused.
   * A claim counts the attempt and has a fence higher than any before, both kept before it is given out.
   */
  claim(wanted: ClaimOptions): Promise<readonly Claim[]>

  /**
   * These claims, made ahead, run from now on; until it is stored the death of this process is no crash of theirs.
   * Those that have been lost are passed over.
   */
  begin(claims: readonly Claim[]): Promise<void>

  /** Extends claims that are still worked on; returns those that have been lost to another claimant. */
  renew(claims: readonly Claim[], leaseMs: number): Promise<readonly Claim[]>

  /** Ends a task. It stays, without data, until its report has been received (`forget`). */
  settle(claim: Claim, end: TaskEnd): Promise<Settled>

  /** Gives a claim back: for another attempt later, after a crash, or untouched at a stop. */
  release(claim: Claim, how: Release): Promise<Settled>

  /** Ends a task that waits; one that runs is left to its claimant. */
  cancel(id: number, end: TaskEnd): Promise<CancelResult>

  /** The reports of these tasks have been received: nothing will be asked about them again. */
  forget(ids: readonly number[]): Promise<void>

  /** Ended tasks whose reports have not been received, by id; pages after the id `after`. */
  undelivered(after: number, limit: number): Promise<readonly EndedTask[]>

  /**
   * Claims whose owner is gone (its lease ran out, or it was the former owner of a local store) under new fences.
   * Each has one crash more on its record; what becomes of it the caller decides. Those that were made ahead and never
   * began are not among them: they are back in line, in their place and without a crash. Their attempt counts: one may
   * have begun a moment before that could be stored.
   */
  reapExpired(): Promise<readonly Claim[]>

  counts(queue?: string): Promise<QueueCounts>

  /** Every queue that a task was ever in or that was ever paused or resumed, in the order they came. */
  queues(): Promise<readonly QueueState[]>

  /** Stops claims of a queue, until `resume` or a time in milliseconds since 1970; what runs goes on. Survives restarts. */
  pause(queue: string, until?: number): Promise<void>
  resume(queue: string): Promise<void>

  peek(queue: string, wanted: PeekOptions): Promise<readonly TaskEnvelope[]>

  /**
   * Puts dead tasks back in line with no attempts on their record, in the order they first came; all of the queue
   * without `ids`. Those whose key another task holds stay dead.
   *
   * @returns how many were put back
   */
  redrive(queue: string, ids?: readonly number[]): Promise<number>

  /** Calls back when something may have become claimable that this caller did not itself enqueue: a delay is over. */
  onAvailable(wake: () => void): void

  /** Waits for what was asked before; nothing may be asked afterwards. */
  close(): Promise<void>
}

interface BrokerCapabilities {
  /** What `enqueue` has resolved survives the end of this process. */
  readonly durable: boolean
  /** Other processes may claim from the same queues. */
  readonly shared: boolean
}

/** A task with what its sender knows of earlier runs, which is nothing unless a task server died under it. */
export interface NewTask {
  readonly task: TaskEnvelope
  /** How often it has run already; 0 for a new one, whose first claim is attempt 1. */
  readonly attempt: number
  /** More than 0 makes it a suspect, see `Claim.isSuspect`. */
  readonly crashes: number
}

export type EnqueueResult =
  | { readonly id: number; readonly status: 'enqueued' }
  /** This very task is here already: its sender was not sure and sent it again. */
  | { readonly id: number; readonly status: 'known' }
  /** Another task with the same key is; this one is dropped. */
  | { readonly id: number; readonly status: 'duplicate'; readonly of: number }

export interface ClaimOptions {
  readonly queue: string
  readonly max: number
  /** How many of the claims, the first ones, start at once; the others begin later, see `begin`. Default: all. */
  readonly startNow?: number
  /** True: only tasks under which a whole task server died; false: only the others. See `Claim.isSuspect`. */
  readonly suspects: boolean
  /** Milliseconds until the claim counts as abandoned unless renewed. */
  readonly leaseMs: number
  /** Who claims, for people. */
  readonly worker: string
}

export interface Claim {
  readonly task: TaskEnvelope
  /** Which run of the task this is, from 1. */
  readonly attempt: number
  /** How often a thread or task server died while the task ran in it. */
  readonly crashes: number
  /** A task server died under it: it runs alone in the next one, so that it cannot take others down with it. */
  readonly isSuspect: boolean
  /** Grows with every claim of the task; who holds an older one has lost it. */
  readonly fence: number
  /** What the engine needs to recognise its own message. */
  readonly receipt?: unknown
}

/** 'lost': the claim is no longer the newest one; nothing was changed, and the caller must discard what it did. */
export type Settled = 'ok' | 'lost'

export interface Release {
  /** Milliseconds since 1970 before which it is not claimed again; it keeps its place in the order when left out. */
  readonly runAt?: number
  /** The attempt does not count: the task was not to blame. */
  readonly refund?: boolean
  /** The thread died under the task: one crash more. */
  readonly crashed?: boolean
}

export type CancelResult =
  /** It waited and has ended now. */
  { readonly state: 'ended'; readonly task: TaskEnvelope } | { readonly state: 'running' | 'unknown' }

export interface EndedTask {
  readonly id: number
  readonly sender: string
  readonly client: string
  readonly end: TaskEnd
}

export interface QueueCounts {
  /** May be claimed now. */
  readonly ready: number
  /** Of `ready`: a task server died under them. */
  readonly suspects: number
  readonly delayed: number
  readonly running: number
  readonly dead: number
  /** Ended, but their reports have not been received. */
  readonly undelivered: number
  /** Bytes of data of the tasks that wait. */
  readonly bytes: number
  /** Milliseconds the longest waiting ready task has been due; 0 when none is. */
  readonly oldestReady: number
}

export interface QueueState extends QueueCounts {
  readonly name: string
  /** Milliseconds since 1970, Infinity without an end; absent while it is not paused. */
  readonly pausedUntil?: number
}

export interface PeekOptions {
  readonly state: 'ready' | 'delayed' | 'running' | 'dead'
  readonly limit: number
  /** Only tasks with a higher id. */
  readonly after?: number
}
