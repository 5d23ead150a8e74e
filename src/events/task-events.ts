/** Events of a task's life: `TaskEvent` in a task worker, the others back in the HTTP worker that sent the task. */
import type { Progress, Server, TaskHandle, TaskOptions } from '../server.ts'

export interface TaskEventInit {
  readonly server: Server
  readonly taskId: number
  readonly workerId: number
  readonly data: unknown
  readonly attempt: number
  readonly signal: AbortSignal
  readonly onProgress: (progress: Progress) => void
  /** A child has been sent. */
  readonly onSpawn?: (child: TaskHandle) => void
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
  readonly #onProgress: (progress: Progress) => void
  readonly #onSpawn: ((child: TaskHandle) => void) | undefined
  #returnValue: unknown
  #isFinished = false
  #isStopped = false
  #failure: Error | undefined

  constructor(init: TaskEventInit) {
    this.server = init.server
    this.taskId = init.taskId
    this.workerId = init.workerId
    this.data = init.data
    this.attempt = init.attempt
    this.signal = init.signal
    this.#onProgress = init.onProgress
    this.#onSpawn = init.onSpawn
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
   * failed if one of them failed, unless it was sent with `masterStatus`. It may end before they do.
   *
   * @param data as for `server.submit()`, whose errors it throws
   * @example
   * for (const file of files) event.spawn(new Task(importFile, file), { label: file })
   */
  spawn<Result = unknown>(data: unknown, options: TaskOptions = {}): TaskHandle<Result> {
    const child = this.server.submit<Result>(data, { ...options, parent: this.taskId })
    this.#onSpawn?.(child)
    return child
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
  /** True when a receiver died while it handled this event, so that it may have been handled already. */
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
