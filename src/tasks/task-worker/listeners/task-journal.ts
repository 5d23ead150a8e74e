/** What the shipped listeners write down about the tasks they run. */
import { messageOf } from '../../../errors.ts'
import type { TaskEvent } from '../../../events/task-events.ts'
import type { Logger } from '../../../server.ts'

/** As much of a logger as is needed: pino, winston, console and the like have it. */
export type TaskLogger = Pick<Logger, 'info' | 'error'>

export type TaskJournal = <Value>(event: TaskEvent, work: () => Promise<Value>) => Promise<Value>

/**
 * Without a logger of the user's, beginnings are debug records of the server's log, and a failure is left to the
 * record that the sender's log gets for every failed task. With one (`tasks.logger`), it gets both.
 */
export function taskJournal(logger?: TaskLogger): TaskJournal {
  return async (event, work) => {
    const { taskId, data: task } = event
    if (logger === undefined) event.server.log.debug({ taskId, task }, 'Starting work on task')
    else logger.info({ taskId, task }, `Starting work on task ${taskId} using: ${inJson(task)}`)
    try {
      return await work()
    } catch (error) {
      logger?.error(
        { taskId, err: error },
        `Error processing task ${taskId}: ${nameOf(error)}${messageOf(error)}`,
      )
      throw error
    } finally {
      event.taskProcessingComplete()
    }
  }
}

/** A payload that JSON cannot say must not stop its task. */
function inJson(task: unknown): string {
  try {
    return JSON.stringify(task)
  } catch (error) {
    return `${(task as object).constructor.name} (${messageOf(error)})`
  }
}

function nameOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ` : ''
}
