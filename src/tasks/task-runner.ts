/** Runs one task in a task worker: bytes -> TaskEvent through the listeners -> bytes. Never rejects. */
import { inspect } from 'node:util'
import { describeThrown, TsrvError } from '../errors.ts'
import type { EventDispatcher } from '../events/dispatcher.ts'
import { TaskEvent } from '../events/task-events.ts'
import type { Progress, Server } from '../server.ts'
import type { ThreadAnswer, ThreadTask } from '../wire/messages.ts'
import { decodePayload, encodePayload } from '../wire/payload.ts'
import type { Tags } from '../wire/tags.ts'
import { ProgressThrottle } from './progress-throttle.ts'
import { packError } from './task-error.ts'

export interface TaskRunnerOptions {
  readonly dispatcher: EventDispatcher
  readonly tags: Tags
  readonly server: Server
  /** The user has listeners for TaskEvent: whatever they did, the task counts as handled. */
  readonly hasOwnListeners: boolean
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
    const value = await runListeners(task, signal, progress, options)
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
): Promise<unknown> {
  const { id: taskId, workerId, attempt } = task
  const data = decodePayload(task.data, options.tags)
  const event = new TaskEvent({
    server: options.server,
    taskId,
    workerId,
    data,
    attempt,
    signal,
    onProgress: (one) => progress.report(plainProgress(one)),
  })
  await options.dispatcher.dispatch(event, {
    onReturn: (value) => {
      event.returnValue = value
    },
  })
  signal.throwIfAborted()
  if (!options.hasOwnListeners && !event.propagationStopped) {
    throw new TsrvError('TASK_UNHANDLED', {
      id: taskId,
      data: inspect(data, { depth: 0, breakLength: Infinity }),
    })
  }
  return event.returnValue
}

/** What every line and store can carry: user code may report anything. */
function plainProgress({ message, completion, target }: Reported): Progress {
  return {
    ...(message != null && { message: describeThrown(message).slice(0, LONGEST_MESSAGE) }),
    ...plainCount('completion', completion),
    ...plainCount('target', target),
  }
}

function plainCount(name: 'completion' | 'target', value: unknown): Progress {
  const count = COUNTABLE.has(typeof value) ? Number(value) : NaN
  return Number.isFinite(count) ? { [name]: count } : {}
}

/** Other types are no numbers by mistake only, and a symbol would throw. */
const COUNTABLE: ReadonlySet<string> = new Set(['number', 'bigint', 'string'])

type Reported = { readonly [Field in keyof Progress]: unknown }

const LONGEST_MESSAGE = 10_000

function elapsed(since: number): number {
  return Math.round((performance.now() - since) * 1000) / 1000
}
