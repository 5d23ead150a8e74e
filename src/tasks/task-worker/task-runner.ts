/** Runs one task in a task worker: bytes -> TaskEvent through the listeners -> bytes. Never rejects. */
import { inspect, types } from 'node:util'
import { TsrvError } from '../../errors.ts'
import type { EventDispatcher } from '../../events/dispatcher.ts'
import { TaskEvent } from '../../events/task-events.ts'
import type { Progress, Server } from '../../server.ts'
import type { ThreadAnswer, ThreadTask } from '../../wire/thread-messages.ts'
import { decodePayload, encodePayload } from '../../wire/payload.ts'
import type { Tags } from '../../wire/tags.ts'
import { optionsOfChild } from '../writing/options-of-data.ts'
import { outcomeOf } from './outcome.ts'
import { ProgressThrottle } from './progress-throttle.ts'
import { readProgress } from './read-progress.ts'
import { requireNoError } from './reported-error.ts'
import { packError } from '../task-error.ts'

export interface TaskRunnerOptions {
  readonly dispatcher: EventDispatcher
  readonly tags: Tags
  readonly server: Server
  /** The user has listeners for TaskEvent: whatever they did, the task counts as handled. */
  readonly hasOwnListeners: boolean
  /** What becomes of a task that was not handled. */
  readonly unhandled: 'fail' | 'warn' | 'ignore'
  /** False where tasks run in the process that sends them. Default true. */
  readonly isWorker?: boolean
  /** Not more often than ten times a second for one task; always with its last one, and before its answer. */
  readonly onProgress: (id: number, progress: Progress) => void
}

export async function runTask(
  task: ThreadTask,
  signal: AbortSignal,
  options: TaskRunnerOptions,
): Promise<ThreadAnswer> {
  const startedAt = performance.now()
  const progress = new ProgressThrottle((one) => options.onProgress(task.id, one))
  try {
    const event = await runListeners(task, signal, progress, options)
    const { rescheduled: again, returnValue: value } = event
    if (again !== undefined) return { ok: true, again, duration: elapsed(startedAt) }
    requireNoError(task.id, value)
    const result = value === undefined ? undefined : encodePayload(value, options.tags, 'return value')
    const duration = elapsed(startedAt)
    return result === undefined ? { ok: true, duration } : { ok: true, result, duration }
  } catch (thrown) {
    // A cancelled task ends as cancelled, whatever its code made of the abort.
    const error = signal.aborted ? signal.reason : thrown
    return { ok: false, error: packError(error, options.tags), duration: elapsed(startedAt) }
  } finally {
    progress.end()
  }
}

async function runListeners(
  task: ThreadTask,
  signal: AbortSignal,
  progress: ProgressThrottle,
  options: TaskRunnerOptions,
): Promise<TaskEvent> {
  const { id: taskId, workerId, attempt, owner } = task
  const { server, isWorker } = options
  const spawned: Promise<void>[] = []
  const event = new TaskEvent({
    server,
    taskId,
    workerId,
    data: decodePayload(task.data, options.tags),
    attempt,
    signal,
    owner,
    isWorker: isWorker ?? true,
    onProgress: (one) => progress.report(readProgress(one)),
    spawn: (data, wanted) => {
      const child = server.submit(data, optionsOfChild(data, wanted, { taskId, owner }))
      spawned.push(child.accepted)
      return child
    },
  })
  const decide = (value: unknown): void => {
    event.returnValue = value
  }
  await options.dispatcher.dispatch(event, {
    onReturn: (made) => {
      if (types.isGeneratorObject(made)) return outcomeOf(made, event).then(decide)
      return decide(made)
    },
  })
  // Its children are known before its own end is, so that its status can follow them.
  await settledOrAborted(spawned, signal)
  signal.throwIfAborted()
  if (event.failure !== undefined) throw event.failure
  if (!options.hasOwnListeners && !event.propagationStopped) notHandled(event, options)
  return event
}

async function settledOrAborted(promises: readonly Promise<void>[], signal: AbortSignal): Promise<void> {
  if (promises.length === 0 || signal.aborted) return
  const aborted = Promise.withResolvers<void>()
  const onAbort = (): void => aborted.resolve()
  signal.addEventListener('abort', onAbort, { once: true })
  await Promise.race([Promise.all(promises), aborted.promise])
  signal.removeEventListener('abort', onAbort)
}

function notHandled({ taskId: id, data, server }: TaskEvent, { unhandled }: TaskRunnerOptions): void {
  if (unhandled === 'ignore') return
  const text = inspect(data, { depth: 0, breakLength: Infinity })
  const error = new TsrvError('TASK_UNHANDLED', { id, data: text })
  if (unhandled === 'fail') throw error
  server.log.warn({ taskId: id, code: error.code }, error.message)
}

function elapsed(since: number): number {
  return Math.round((performance.now() - since) * 1000) / 1000
}
