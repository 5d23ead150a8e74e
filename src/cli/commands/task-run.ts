/** `tsrv task run`: an exported function becomes a task; what came of it is shown. */
import { setTimeout as wait } from 'node:timers/promises'
import { EXIT } from '../../errors.ts'
import type { RunQuestion, TaskDetails } from '../../wire/task-questions.ts'
import { StopSignals } from '../../entry/stop-signals.ts'
import { askServer } from '../ask-server.ts'
import { printNotRunning } from '../render/not-running.ts'
import { printGoesOn, printRun } from '../render/task-run.ts'
import { printLine } from '../render/terminal.ts'

export interface TaskRunOptions {
  readonly config?: string
  readonly json: boolean
  /** Until it has ended. */
  readonly wait: boolean
}

/** Milliseconds. */
const EVERY = 100

export async function taskRun(asked: RunQuestion, options: TaskRunOptions): Promise<number> {
  const { config, json } = options
  using stops = new StopSignals()
  const started = await askServer(config, asked)
  if (started === undefined) return printNotRunning()
  if (!options.wait) {
    printLine(json ? JSON.stringify(started) : String(started.id))
    return 0
  }
  const task = await ended(started.id, config, stops.signal)
  if (task === undefined) return printNotRunning()
  if (task.finishedAt === undefined) {
    printGoesOn(task.id)
    return EXIT.failure
  }
  if (json) printLine(JSON.stringify(task, null, 2))
  else printRun(task)
  return task.status === 'completed' ? 0 : EXIT.failure
}

/** Undefined when the server has gone meanwhile. Ctrl+C ends the command, not the task. */
async function ended(
  id: number,
  config: string | undefined,
  signal: AbortSignal,
): Promise<TaskDetails | undefined> {
  for (;;) {
    const task = await askServer(config, { ask: 'show', id })
    if (task === undefined || task.finishedAt !== undefined || signal.aborted) return task
    await wait(EVERY, undefined, { signal }).catch(() => {})
  }
}
