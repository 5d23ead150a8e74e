/** Runs tasks of sync queues at once, in the process that sends them, in the same way as a task worker would. */
import type { Progress } from '../../server.ts'
import type { ThreadAnswer, ThreadTask } from '../../wire/thread-messages.ts'
import { runTask, type TaskRunnerOptions } from '../task-worker/task-runner.ts'

interface RunHereTerms {
  readonly signal: AbortSignal
  readonly onProgress: (progress: Progress) => void
}

/** Never rejects. */
export type RunHere = (task: ThreadTask, terms: RunHereTerms) => Promise<ThreadAnswer>

export function runningHere(options: Omit<TaskRunnerOptions, 'onProgress'>): RunHere {
  return (task, { signal, onProgress }) =>
    runTask(task, signal, {
      ...options,
      isWorker: false,
      onProgress: (_id, progress) => onProgress(progress),
    })
}
