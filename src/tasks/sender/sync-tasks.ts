/** The tasks of sync queues that this process runs itself; the task server hears of them when they have ended. */
import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { TsrvError } from '../../errors.ts'
import type { Progress } from '../../server.ts'
import type { ToTaskServer } from '../../wire/messages.ts'
import type { ThreadAnswer } from '../../wire/thread-messages.ts'
import { encodePayload } from '../../wire/payload.ts'
import { LARGEST_PAYLOAD } from '../../wire/payload-limit.ts'
import { NO_TAGS, type Tags } from '../../wire/tags.ts'
import { type FinishedTask, readFinish } from './finished-task.ts'
import { metaOf, type PendingTask } from './pending.ts'
import type { RunHere } from './run-here.ts'
import { packError } from '../task-error.ts'

export interface SyncTasksOptions {
  readonly workerId: number
  readonly tags: Tags
  readonly runHere?: RunHere | undefined
  /** As for any other task: its end is an event. */
  readonly onFinish: (finished: FinishedTask) => Promise<void> | void
  /** Tells the task server, for the task log; false when there is no line to it. */
  readonly tell: (message: Ran) => boolean
}

type Ran = ToTaskServer & { readonly type: 'ran' }

type SyncTask = PendingTask & { readonly data: Uint8Array }

/** Tasks that ended without a line to the task server, and are told of later; of more, the newest. */
const UNTOLD = 1000

export class SyncTasks {
  readonly #options: SyncTasksOptions
  readonly #running = new Map<number, AbortController>()
  /** Settle when finish events are through as well. */
  readonly #endings = new Set<Promise<void>>()
  #untold: Ran[] = []

  constructor(options: SyncTasksOptions) {
    this.#options = options
  }

  /** In one attempt. */
  run(task: SyncTask): void {
    const ending = this.#run(task).finally(() => this.#endings.delete(ending))
    this.#endings.add(ending)
  }

  get isIdle(): boolean {
    return this.#endings.size === 0
  }

  /** Resolves when what runs here has ended; at the latest when `signal` aborts. */
  async allEnded(signal: AbortSignal): Promise<void> {
    if (this.isIdle || signal.aborted) return
    await Promise.race([Promise.allSettled(this.#endings), once(signal, 'abort')])
  }

  async #run(task: SyncTask): Promise<void> {
    const { workerId, tags, onFinish } = this.#options
    const { id, watcher } = task
    const abort = new AbortController()
    this.#running.set(id, abort)
    const answer = await this.#answer(task, abort.signal)
    this.#running.delete(id)
    task.release()
    const { ok, duration } = answer
    const result = ok ? (answer.result ?? UNDEFINED) : answer.error
    const meta = { failed: !ok, attempt: 1, duration, redelivered: false, workerId }
    const finished = readFinish(id, meta, result, tags)
    const state = ok ? 'completed' : finished.state === 'cancelled' ? 'cancelled' : 'failed'
    const { data } = task
    this.#tell({ type: 'ran', id, meta: metaOf(task), data, end: { state, duration }, result })
    watcher?.finished(finished)
    await onFinish(finished)
  }

  /** There is a line to the task server. */
  connected(): void {
    for (const message of this.#untold.splice(0)) this.#tell(message)
  }

  /** False when no task of this number runs here. */
  cancel(id: number): boolean {
    const running = this.#running.get(id)
    running?.abort(new TsrvError('TASK_CANCELLED', { id }))
    return running !== undefined
  }

  async #answer({ id, data, watcher, wishes = {} }: SyncTask, signal: AbortSignal): Promise<ThreadAnswer> {
    const { workerId, runHere } = this.#options
    if (runHere === undefined) throw new Error('there are sync queues, and nothing to run their tasks')
    const { owner } = wishes
    const onProgress = (progress: Progress): void => watcher?.progressed(progress)
    const task = {
      do: 'task',
      id,
      workerId,
      attempt: 1,
      data,
      ...(owner !== undefined && { owner }),
    } as const
    for (;;) {
      const answer = await runHere(task, { signal, onProgress })
      if (!answer.ok || answer.again === undefined) return answer
      // It waits where it runs.
      await setTimeout(answer.again, undefined, { signal }).catch(() => {})
      if (signal.aborted) return { ok: false, error: packError(signal.reason, NO_TAGS), duration: 0 }
    }
  }

  #tell(message: Ran): void {
    // No frame takes more; a record is not worth two of them.
    if (message.data.length + message.result.length > LARGEST_PAYLOAD) return
    if (this.#options.tell(message)) return
    if (this.#untold.push(message) > UNTOLD) this.#untold.shift()
  }
}

const UNDEFINED = encodePayload(undefined, NO_TAGS)
