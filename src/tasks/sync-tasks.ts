/** The tasks of sync queues that this process runs itself; the task server never hears of them. */
import { TsrvError } from '../errors.ts'
import type { Progress } from '../server.ts'
import { encodePayload } from '../wire/payload.ts'
import { NO_TAGS, type Tags } from '../wire/tags.ts'
import { type FinishedTask, readFinish } from './finished-task.ts'
import type { TaskWatcher } from './pending.ts'
import type { RunHere } from './run-here.ts'

export interface SyncTasksOptions {
  readonly workerId: number
  readonly tags: Tags
  readonly runHere?: RunHere | undefined
  /** As for any other task: its end is an event. */
  readonly onFinish: (finished: FinishedTask) => Promise<void> | void
}

export interface SyncTask {
  readonly id: number
  readonly data: Uint8Array
  readonly watcher: TaskWatcher | undefined
  /** It has ended. */
  readonly release: () => void
}

export class SyncTasks {
  readonly #options: SyncTasksOptions
  readonly #running = new Map<number, AbortController>()

  constructor(options: SyncTasksOptions) {
    this.#options = options
  }

  /** In one attempt; resolves when its finish events are through. */
  async run({ id, data, watcher, release }: SyncTask): Promise<void> {
    const { workerId, tags, runHere, onFinish } = this.#options
    if (runHere === undefined) throw new Error('there are sync queues, and nothing to run their tasks')
    const abort = new AbortController()
    this.#running.set(id, abort)
    const onProgress = (progress: Progress): void => watcher?.progressed(progress)
    const task = { do: 'task', id, workerId, attempt: 1, data } as const
    const answer = await runHere(task, { signal: abort.signal, onProgress })
    this.#running.delete(id)
    release()
    const { ok, duration } = answer
    const meta = { failed: !ok, attempt: 1, duration, redelivered: false, workerId }
    const finished = readFinish(id, meta, ok ? (answer.result ?? UNDEFINED) : answer.error, tags)
    watcher?.finished(finished)
    await onFinish(finished)
  }

  /** False when no task of this number runs here. */
  cancel(id: number): boolean {
    const running = this.#running.get(id)
    running?.abort(new TsrvError('TASK_CANCELLED', { id }))
    return running !== undefined
  }
}

const UNDEFINED = encodePayload(undefined, NO_TAGS)
