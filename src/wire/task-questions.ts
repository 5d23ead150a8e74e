/**
 * What can be asked about the tasks of a running server, and what it answers: all of it JSON, on its way from the
 * command line over the control socket to the task server and back.
 */
import type { Progress } from './progress.ts'

export type TaskQuestion =
  | ListQuestion
  | ShowQuestion
  | StatsQuestion
  | TaskDeed
  | RunQuestion
  | QueueQuestion

/** Conditions are texts such as `status=failed`, and must all hold. */
export interface ListQuestion {
  readonly ask: 'list'
  readonly where?: readonly string[]
  /** A column, then `:asc` or `:desc` unless that is meant: `duration`, `name:asc`. */
  readonly sort?: string
  readonly limit?: number
  /** `next` of the page before. */
  readonly cursor?: string
}

interface ShowQuestion {
  readonly ask: 'show'
  readonly id: number
}

interface StatsQuestion {
  readonly ask: 'stats'
  readonly where?: readonly string[]
}

/** Something to be done with the tasks of these ids, or with those that match. */
export interface TaskDeed {
  readonly ask: 'cancel' | 'retry' | 'archive'
  readonly ids?: readonly number[]
  readonly where?: readonly string[]
  /** `archive`: also what waits or runs. */
  readonly force?: boolean
}

/** An exported function of `tasks.modules` is to be run with these arguments. */
export interface RunQuestion {
  readonly ask: 'run'
  /** `src/tasks/mail#sendMail`, or the function's `taskName`. */
  readonly action: string
  readonly payload?: readonly unknown[]
  readonly queue?: string
  readonly label?: string
}

export type QueueQuestion =
  | { readonly ask: 'queues' | 'init-queues' }
  /** `within`: milliseconds; without it until it is resumed. */
  | { readonly ask: 'pause-queue'; readonly queue: string; readonly within?: number }
  | { readonly ask: 'resume-queue'; readonly queue: string }

export interface TaskAnswers {
  readonly list: TaskListing
  readonly show: TaskDetails
  readonly stats: TaskCounts
  readonly cancel: TaskDeedReport
  readonly retry: TaskDeedReport
  readonly archive: TaskDeedReport
  readonly run: { readonly id: number }
  readonly queues: QueueListing
  readonly 'init-queues': QueueListing
  readonly 'pause-queue': QueueListing
  readonly 'resume-queue': QueueListing
}

export type TaskAnswer = TaskAnswers[keyof TaskAnswers]

export interface TaskListing {
  readonly tasks: readonly ListedTask[]
  /** Absent on the last page. */
  readonly next?: string
}

/** Times in milliseconds since 1970. */
export interface ListedTask {
  readonly id: number
  readonly name: string
  readonly queue: string
  readonly status: string
  /** Why it has its status. */
  readonly reason?: string
  readonly label?: string
  readonly owner?: string
  readonly category?: string
  readonly parentId?: number
  readonly retryOf?: number
  readonly priority: number
  readonly sender: string
  readonly attempt: number
  readonly crashes: number
  /** What ran it last. */
  readonly worker?: string
  readonly progress?: Progress
  readonly createdAt: number
  readonly runAt: number
  readonly updatedAt: number
  readonly startedAt?: number
  readonly finishedAt?: number
  /** Milliseconds the handlers ran in the last attempt. */
  readonly duration?: number
  /** `name: message` of the error that ended the last attempt. */
  readonly error?: string
}

/** Data and result as text for people: classes by name, what is very long cut short. */
export interface TaskDetails extends ListedTask {
  readonly data: string
  /** Of a completed task. */
  readonly result?: string
  /** Of one that did not complete: the error as it was thrown, with stack and causes. */
  readonly failure?: string
}

export interface TaskCounts {
  /** Records of the task log that match, by what has become of them. */
  readonly tasks: readonly { readonly category: string; readonly label: string; readonly count: number }[]
  readonly queue: { readonly queued: number; readonly running: number; readonly workers: number }
}

export interface TaskDeedReport {
  readonly done: readonly DoneTask[]
  readonly refused: readonly { readonly id: number; readonly reason: string }[]
}

interface DoneTask {
  readonly id: number
  /** `retry`: the new task that repeats it. */
  readonly as?: number
}

export interface QueueListing {
  readonly broker: string
  readonly selector: string
  readonly queues: readonly ListedQueue[]
}

export interface ListedQueue {
  readonly name: string
  readonly weight: number
  readonly sync: boolean
  /** The configuration does not name it any more. */
  readonly former?: true
  readonly ready: number
  readonly delayed: number
  readonly running: number
  /** Failed for good, and kept. */
  readonly dead: number
  /** Milliseconds the longest waiting task has been due; 0 when none waits. */
  readonly oldestReady: number
  readonly isPaused: boolean
  /** Milliseconds since 1970; absent when the pause has no end. */
  readonly pausedUntil?: number
}
