/** A task as its sender sees it: what may be asked for, how it is followed, and what became of it. */
import type { Duration } from './util/duration.ts'
import type { Progress } from './wire/messages.ts'
import type { Report } from './wire/report.ts'

/** Times are milliseconds, or texts such as `'500ms'`, `'5s'`, `'2m'`, `'1h'`. */
export interface TaskOptions {
  /** The task runs no sooner than after this time. Default 0. */
  readonly delay?: Duration
  /** Among waiting tasks the highest number runs first. Default 0. */
  readonly priority?: number
  /** How often it may run before an error it throws is its end. Default: `tasks.attempts` (1). */
  readonly attempts?: number
  /** The pause before another attempt; `exponential` (with jitter) doubles `delay` up to `longest`. Default: `tasks.backoff`. */
  readonly backoff?: 'fixed' | 'exponential' | BackoffOptions
  /**
   * Time one attempt may take. `event.signal` aborts then; a task that does not end within half a second after it
   * loses its task worker. Default: `tasks.timeout`.
   */
  readonly timeout?: Duration
  /** While a task with this key waits or runs, this one is dropped: its report says `duplicate`. */
  readonly key?: string
  /** Keeps others with the same `key` away for this time from now, even when the task has ended. */
  readonly ttl?: Duration
  /** Cancels the task when it aborts: a waiting task is dropped, a running one sees `event.signal` abort. */
  readonly signal?: AbortSignal
  /** Shown in lists and logs. */
  readonly label?: string
  /** Whose task it is, for the task log; `tsrv task list --where owner=ada` asks for it. */
  readonly owner?: string
  /** What kind of work it is, for the task log, such as `import` or `export`. */
  readonly category?: string
  /** What becomes of it when its task worker dies: another attempt, or its end. Default: `tasks.onCrash` ('retry'). */
  readonly onCrash?: 'retry' | 'fail'
  /**
   * `'exclusive'`: nothing else runs in its thread meanwhile, for tasks that compute. `'shared'`: up to
   * `tasks.concurrency` (1) run in one thread, for tasks that mostly wait. Default `'shared'`.
   */
  readonly mode?: 'exclusive' | 'shared'
  /** One of `tasks.queues`. Default: what the task's class or `tasks.routes` says, else 'default'. */
  readonly queue?: string
  /** Id of the task of which this one is a part; `event.spawn()` sets it. The parent's status follows its children. */
  readonly parent?: number
  /** True: its own end decides its status in lists, whatever becomes of its children. Default false. */
  readonly masterStatus?: boolean
}

export interface BackoffOptions {
  readonly kind?: 'fixed' | 'exponential'
  /** Default 1 s. */
  readonly delay?: Duration
  /** Default 10 min. */
  readonly longest?: Duration
}

export interface TaskWaitOptions {
  /**
   * How long to wait for the result; afterwards the promise rejects and the task goes on. Infinity: without an end.
   * Default 30 s.
   */
  readonly timeout?: Duration
}

/** What became of a task, success and failure alike. */
export interface TaskReport<Result = unknown> {
  readonly id: number
  /** `duplicate`: it never ran, because of another task with the same key. */
  readonly state: 'completed' | 'failed' | 'cancelled' | 'duplicate'
  /** The task that has the key, for a `duplicate`. */
  readonly duplicateOf?: number
  /** What the task returned; undefined when it failed. */
  readonly value?: Result
  readonly error?: Error
  /** Milliseconds the handlers ran. */
  readonly duration: number
  /** Which attempt ended the task; 0 when it never ran. */
  readonly attempt: number
}

export interface TaskHandle<Result = unknown> {
  readonly id: number
  /** Resolves when the broker has stored the task. */
  readonly accepted: Promise<void>
  /** What the task reports with `event.progress()`; ends with the task. Of what nobody reads, the newest 1000 stay. */
  readonly progress: AsyncIterable<Progress>
  /** Resolves for success and failure alike. */
  readonly done: Promise<TaskReport<Result>>
  /** As `server.cancel(id)`. */
  cancel(): void
}

/** A task that has been sent to a queue. */
export interface QueuedTask<Result = unknown> extends TaskHandle<Result> {
  readonly queue: string
  /** False for one of a sync queue, which has ended already. */
  readonly isEnqueued: boolean
  /** What it had to tell, when it has ended already; `reportOf(await task.done)` is the same for any other. */
  readonly report?: Report
}

/** One of `tasks.queues`, or the way to all of them. */
export interface TaskQueue {
  /** That of the tasks for which nothing names another. */
  readonly name: string

  /**
   * Sends a task to this queue.
   *
   * @param task as the data of `server.task()`: a task object, a message, plain data
   * @returns when the task is stored; for a sync queue when it has ended, with its report. Rejects as
   *   `server.submit()` throws
   * @example
   * const { id } = await server.queue('mail').enqueue(new Welcome('ada@example.com'))
   */
  enqueue<Result = unknown>(task: unknown, options?: Omit<TaskOptions, 'queue'>): Promise<QueuedTask<Result>>

  /**
   * Sends a call of an exported function to this queue.
   *
   * @param action exported by a file of `tasks.modules`
   * @param params its arguments
   * @example
   * const { report } = await server.queue('now').createTask(importUsers, ['users.csv'], { label: 'Users' })
   */
  createTask<Parameters extends readonly unknown[], Result>(
    action: (...params: Parameters) => Result,
    params: Parameters,
    options?: Omit<TaskOptions, 'queue'>,
  ): Promise<QueuedTask<Awaited<Result>>>
}
