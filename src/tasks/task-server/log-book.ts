/**
 * Writes what happens to tasks into the task log. Nobody waits for it and nothing depends on it: a log that cannot
 * be written costs one warning a minute.
 */
import type { Logger } from '../../server.ts'
import type { Progress, RanMeta } from '../../wire/messages.ts'
import type { Claim } from '../broker.ts'
import type { NewTaskRecord, TaskLog, Transition } from '../task-log.ts'
import type { TaskEnd, TaskEnvelope } from '../task.ts'
import { describe, type Verdict } from './verdict.ts'

export interface LogBookOptions {
  readonly taskLog: TaskLog
  readonly log: Logger
  /** How long and how many records of ended tasks stay. */
  readonly keep: { readonly age: number; readonly count: number }
  /** Milliseconds since 1970. */
  readonly now: () => number
}

const PRUNE_EVERY = 30_000
const PRUNE_SLICE = 500
const WARN_EVERY = 60_000

export class LogBook {
  readonly #options: LogBookOptions
  readonly #prune: NodeJS.Timeout
  #warnedAt = -Infinity
  #isPruning = false

  constructor(options: LogBookOptions) {
    this.#options = options
    this.#prune = setInterval(() => void this.prune(), PRUNE_EVERY)
    this.#prune.unref()
  }

  enqueued(tasks: readonly TaskEnvelope[]): void {
    this.#write(this.#options.taskLog.create(tasks.map(recordOf)))
  }

  started({ task, attempt, crashes, fence }: Claim, lane: number): void {
    const worker = `task ${lane}`
    this.#change(task.id, { to: 'running', fence, at: this.#options.now(), attempt, crashes, worker })
  }

  progress({ task, fence }: Claim, progress: Progress): void {
    this.#write(this.#options.taskLog.progress(task.id, fence, progress))
  }

  ended({ task, attempt, crashes, fence }: Claim, verdict: Extract<Verdict, { do: 'end' }>): void {
    const { end, reason, error } = verdict
    this.#change(task.id, {
      to: end.state,
      fence,
      at: this.#options.now(),
      attempt,
      crashes: reason === 'crashed' ? crashes + 1 : crashes,
      duration: end.meta.duration,
      result: end.result,
      ...parentOf(task),
      ...(reason !== undefined && { reason }),
      ...(error !== undefined && { error }),
    })
  }

  retried({ task, attempt, crashes, fence }: Claim, verdict: Extract<Verdict, { do: 'retry' }>): void {
    const { reason, error, release } = verdict
    this.#change(task.id, {
      to: 'enqueued',
      fence,
      at: this.#options.now(),
      attempt,
      crashes: release.crashed === true ? crashes + 1 : crashes,
      reason,
      error,
      ...(release.runAt !== undefined && { runAt: release.runAt }),
    })
  }

  rescheduled({ task, fence }: Claim, { release: { runAt } }: Extract<Verdict, { do: 'again' }>): void {
    const at = this.#options.now()
    this.#change(task.id, { to: 'enqueued', fence, at, runAt, reason: 'rescheduled' })
  }

  /** It ran where it was sent, and nobody has claimed it. */
  ran(task: TaskEnvelope, { state, duration }: RanMeta, result: Uint8Array): void {
    const { id, createdAt, sender } = task
    this.enqueued([task])
    this.#change(id, { to: 'running', fence: 0, at: createdAt, attempt: 1, worker: sender })
    this.#change(id, {
      to: state,
      fence: 0,
      at: this.#options.now(),
      duration,
      result,
      ...parentOf(task),
      ...(state === 'failed' && { error: describe(result) }),
    })
  }

  /** It waited, and will not run. */
  cancelled(task: TaskEnvelope, end: TaskEnd): void {
    const { result } = end
    const at = this.#options.now()
    this.#change(task.id, { to: 'cancelled', fence: 0, at, result, ...parentOf(task) })
  }

  /** Deletes what is too old or too much, in slices, so that others get their turn. */
  async prune(): Promise<void> {
    const { taskLog, keep } = this.#options
    if (this.#isPruning) return
    this.#isPruning = true
    try {
      const limits = { olderThan: this.#options.now() - keep.age, keep: keep.count, slice: PRUNE_SLICE }
      while ((await taskLog.prune(limits)) === PRUNE_SLICE);
    } catch (error) {
      this.#failed(error)
    }
    this.#isPruning = false
  }

  close(): void {
    clearInterval(this.#prune)
  }

  #change(id: number, change: Transition): void {
    this.#write(this.#options.taskLog.transition(id, change))
  }

  #write(written: Promise<unknown>): void {
    written.catch((error: unknown) => this.#failed(error))
  }

  #failed(error: unknown): void {
    const now = performance.now()
    if (now - this.#warnedAt < WARN_EVERY) return
    this.#warnedAt = now
    this.#options.log.warn({ err: error }, 'The task log cannot be written')
  }
}

function parentOf({ parentId }: TaskEnvelope): Pick<Transition, 'parentId'> {
  return parentId === undefined ? {} : { parentId }
}

function recordOf(task: TaskEnvelope): NewTaskRecord {
  const { id, name, queue, label, owner, category, priority, sender, createdAt, runAt, data, retryOf } = task
  const { parentId, masterStatus } = task
  return {
    id,
    name,
    queue,
    priority,
    sender,
    createdAt,
    runAt,
    data,
    ...(label !== undefined && { label }),
    ...(owner !== undefined && { owner }),
    ...(category !== undefined && { category }),
    ...(retryOf !== undefined && { retryOf }),
    ...(parentId !== undefined && { parentId }),
    ...(masterStatus === true && { masterStatus }),
  }
}
