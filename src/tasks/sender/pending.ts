/** A task this process has sent, or holds back, and whose end it has not heard of. */
import { TsrvError } from '../../errors.ts'
import type { Progress, TaskHandle, TaskReport } from '../../server.ts'
import type { OnCrash, TaskMeta, TaskWishes } from '../../wire/messages.ts'

export interface PendingTask {
  readonly id: number
  /** Gone once a store has it: it will not have to be sent again. */
  data: Uint8Array | undefined
  readonly size: number
  readonly name: string
  readonly createdAt: number
  readonly wishes: TaskWishes | undefined
  readonly watcher: TaskWatcher | undefined
  /** Runs it has had, as far as this process counts them: those under which a task server without a store died. */
  attempt: number
  crashes: number
  isAccepted: boolean
  /** It runs: the death of a task server without a store now counts against it. */
  isStarted: boolean
  /** Nobody wants it any more; the task server may not know yet. */
  isCancelled: boolean
  /** Lets go of the caller's AbortSignal, which may live as long as the process. */
  readonly release: () => void
}

type NewTask = Pick<PendingTask, 'id' | 'name' | 'createdAt' | 'wishes' | 'watcher' | 'release'> & {
  readonly data: Uint8Array
}

export function pendingTask(task: NewTask): PendingTask {
  return {
    ...task,
    size: task.data.length,
    attempt: 0,
    crashes: 0,
    isAccepted: false,
    isStarted: false,
    isCancelled: false,
  }
}

export function metaOf({ attempt, crashes, watcher, name, createdAt, wishes }: PendingTask): TaskMeta {
  const watched = watcher !== undefined
  return { attempt, crashes, watched, name, createdAt, ...(wishes !== undefined && { wishes }) }
}

/**
 * A task server without a store died while the task ran.
 *
 * @returns the error that ends it, if that was once too often
 */
export function countCrash(
  task: PendingTask,
  { maxCrashes, onCrash }: { readonly maxCrashes: number; readonly onCrash: OnCrash },
): TsrvError | undefined {
  task.isStarted = false
  task.crashes++
  task.attempt++
  const { id, crashes } = task
  if (crashes < maxCrashes && (task.wishes?.onCrash ?? onCrash) === 'retry') return undefined
  return new TsrvError('TASK_CRASHED', { id, crashes, reason: 'the task server ended each time' })
}

/** Reports of progress that are kept for a reader; `server.ts` promises that the newest are. */
const UNREAD = 1000

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
    if (this.#progress.push(progress) > UNREAD) this.#progress.shift()
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
