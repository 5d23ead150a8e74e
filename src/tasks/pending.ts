/** A task this process has sent and whose end it has not heard of. Kept so that it can be sent again. */
import type { Progress, TaskHandle, TaskReport } from '../server.ts'
import type { TaskMeta } from '../wire/messages.ts'

export interface PendingTask {
  readonly id: number
  readonly data: Uint8Array
  readonly watcher: TaskWatcher | undefined
  attempt: number
  crashes: number
  isAccepted: boolean
  /** It runs: the death of the task server now counts against it. */
  isStarted: boolean
  /** Nobody wants it any more; the task server may not know yet. */
  isCancelled: boolean
  /** Lets go of the caller's AbortSignal, which may live as long as the process. */
  readonly release: () => void
}

export function metaOf(task: PendingTask): TaskMeta {
  return { attempt: task.attempt, crashes: task.crashes, watched: task.watcher !== undefined }
}

/** The waiting side of `submit` and `taskWait`: promises and the progress stream of one task. */
export class TaskWatcher {
  readonly #accepted = Promise.withResolvers<void>()
  readonly #done = Promise.withResolvers<TaskReport>()
  readonly #progress: Progress[] = []
  #isOver = false
  #wake: (() => void) | undefined

  handle<Result>(id: number, cancel: () => void): TaskHandle<Result> {
    return {
      id,
      accepted: this.#accepted.promise,
      done: this.#done.promise as Promise<TaskReport<Result>>,
      progress: this.#readProgress(),
      cancel,
    }
  }

  get done(): Promise<TaskReport> {
    return this.#done.promise
  }

  accepted(): void {
    this.#accepted.resolve()
  }

  progressed(progress: Progress): void {
    this.#progress.push(progress)
    this.#wake?.()
  }

  finished(report: TaskReport): void {
    this.#isOver = true
    this.#accepted.resolve()
    this.#done.resolve(report)
    this.#wake?.()
  }

  async *#readProgress(): AsyncGenerator<Progress> {
    for (;;) {
      const next = this.#progress.shift()
      if (next !== undefined) yield next
      else if (this.#isOver) return
      else await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }
}
