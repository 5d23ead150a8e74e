/** Events of a task's life: `TaskEvent` in a task worker, the others back in the HTTP worker that sent the task. */
import type { Progress, Server, TaskHandle, TaskOptions } from '../server.ts'
import { type Duration, requireDuration } from '../util/duration.ts'

export interface TaskEventInit {
  readonly server: Server
  readonly taskId: number
  readonly workerId: number
  readonly data: unknown
  readonly attempt: number
  readonly signal: AbortSignal
  readonly owner?: string | undefined
  /** Default true. */
  readonly isWorker?: boolean
  readonly onProgress: (progress: Progress) => void
  /** Sends a child. */
  readonly spawn?: (data: unknown, options: TaskOptions) => TaskHandle
}

/**
 * A task to be run. Its listeners run in order until one calls `finish` or `taskProcessingComplete`; a throw
 * fails the attempt.
 *
 * @example
 * export default async function sendMail(event: TaskEvent): Promise<string> {
 *   return (await mailer.send(event.data)).messageId
 * }
 */
export class TaskEvent {
  readonly server: Server
  readonly taskId: number
  /** Worker id of the sender. */
  readonly workerId: number
  /** What was given to `server.task()`. */
  readonly data: unknown
  /** 1 for the first try. */
  readonly attempt: number
  /** Aborts when the task is cancelled. */
  readonly signal: AbortSignal
  /** Whose task it is, by the option `owner`; its children are theirs, too. */
  readonly owner: string | undefined
  /** False for a task of a sync queue: it runs where it was sent, and whoever sent it waits. */
  readonly isWorker: boolean
  readonly #onProgress: (progress: Progress) => void
  readonly #spawn: TaskEventInit['spawn']
  #returnValue: unknown
  #isFinished = false
  #isStopped = false
  #failure: Error | undefined
  #rescheduled: number | undefined

  constructor(init: TaskEventInit) {
    this.server = init.server
    this.taskId = init.taskId
    this.workerId = init.workerId
    this.data = init.data
    this.attempt = init.attempt
    this.signal = init.signal
    this.owner = init.owner
    this.isWorker = init.isWorker ?? true
    this.#onProgress = init.onProgress
    this.#spawn = init.spawn
  }

  /** What the task returns. The first listener that returns or sets something other than undefined decides. */
  get returnValue(): unknown {
    return this.#returnValue
  }

  set returnValue(value: unknown) {
    if (this.#returnValue === undefined && !this.#isFinished) this.#returnValue = value
  }

  /**
   * Reports how far the task is, e.g. `{ message: 'resized', completion: 3, target: 10 }`. Sent at most ten times a
   * second; of a message the first 10,000 characters, of numbers those that are finite.
   */
  progress(progress: Progress): void {
    this.#onProgress(progress)
  }

  /**
   * Sends a task as a part of this one. In lists this one is `child_running` until its children have ended, then
   * failed if one of them failed, unless it was sent with `masterStatus`. It may end before they do. A child has the
   * owner of this task unless its own is given.
   *
   * @param data as for `server.submit()`, whose errors it throws
   * @example
   * for (const file of files) event.spawn(new Task(importFile, file), { label: file })
   */
  spawn<Result = unknown>(data: unknown, options: TaskOptions = {}): TaskHandle<Result> {
    const child =
      this.#spawn?.(data, options) ?? this.server.submit(data, { ...options, parent: this.taskId })
    return child as TaskHandle<Result>
  }

  /** Sets the return value and ends the chain. A second call is logged and ignored. */
  finish(value?: unknown): void {
    if (this.#isFinished) {
      this.server.log.warn(
        { taskId: this.taskId },
        'event.finish() was called again; only the first call counts',
      )
      return
    }
    this.#isFinished = true
    this.#isStopped = true
    this.#returnValue = value
  }

  /** Fails the attempt as a throw does, and ends the chain. Ignored after `finish()` and another `fail()`. */
  fail(error: Error): void {
    if (this.#isFinished) return
    this.#isFinished = true
    this.#isStopped = true
    this.#failure = error
  }

  /**
   * The task has not ended: it goes back to its queue and runs again after `delay`, with the same id and data. For what
   * has to be looked at again, such as work that another system does. It counts as no attempt, nobody hears of an end,
   * and the chain ends here; what listeners return is ignored, a throw still fails the attempt.
   *
   * @throws TsrvError `TSRV_TASK_OPTION_INVALID`
   * @example
   * const build = await builds.find(event.data.buildId)
   * if (build.isRunning) return event.reschedule({ delay: '3s' })
   */
  reschedule({ delay }: { readonly delay: Duration }): void {
    const milliseconds = requireDuration(delay, 'event.reschedule', 'delay')
    if (this.#isFinished) return
    this.#isFinished = true
    this.#isStopped = true
    this.#rescheduled = milliseconds
  }

  /** Milliseconds until it is to run again, when `reschedule()` was called. */
  get rescheduled(): number | undefined {
    return this.#rescheduled
  }

  /** What `fail()` was called with. */
  get failure(): Error | undefined {
    return this.#failure
  }

  /** Ends the chain: the listeners after this one do not run. */
  taskProcessingComplete(): void {
    this.#isStopped = true
  }

  get propagationStopped(): boolean {
    return this.#isStopped
  }
}

export interface TaskFinishEventInit {
  readonly server: Server
  readonly taskId: number
  readonly data: unknown
  readonly error: Error | undefined
  readonly duration: number
  readonly redelivered: boolean
}

/** Once per task, after its last attempt, success and failure alike; in the HTTP worker that sent it. */
export class TaskFinishEvent {
  readonly server: Server
  readonly taskId: number
  /** The task's return value; undefined when it failed. */
  readonly data: unknown
  readonly error: Error | undefined
  /** Milliseconds the task's listeners ran. */
  readonly duration: number
  /**
   * True when this event may have been handled before: its receiver died over it, or the task server did before it
   * heard that it was handled.
   */
  readonly redelivered: boolean

  constructor(init: TaskFinishEventInit) {
    this.server = init.server
    this.taskId = init.taskId
    this.data = init.data
    this.error = init.error
    this.duration = init.duration
    this.redelivered = init.redelivered
  }
}

/** Besides `TaskFinishEvent`, when a task failed for good. */
export class TaskErrorEvent {
  readonly server: Server
  readonly taskId: number
  readonly error: Error
  readonly duration: number
  readonly redelivered: boolean

  constructor(init: TaskFinishEventInit & { readonly error: Error }) {
    this.server = init.server
    this.taskId = init.taskId
    this.error = init.error
    this.duration = init.duration
    this.redelivered = init.redelivered
  }
}
