/** The asking end of the control socket for all that concerns tasks. */
import { TsrvError } from '../errors.ts'
import type { TaskAnswers, TaskQuestion } from '../wire/task-questions.ts'
import type { WorkNews } from '../wire/work.ts'
import { call, type ControlCallOptions, failure, open } from './client.ts'
import type { WorkOpened, WorkOrderRequest, WorkRequest } from './protocol.ts'

/** Milliseconds; more than the server gives its task server. */
const PATIENCE = 40_000

/**
 * @returns undefined when no server listens on the socket
 * @throws TsrvError what the server has against the question, `TSRV_CONTROL_FAILED`
 */
export async function askTasks<Question extends TaskQuestion>(
  socket: string,
  question: Question,
  options: ControlCallOptions = {},
): Promise<TaskAnswers[Question['ask']] | undefined> {
  const answer = await call(socket, 'tasks', question, { timeout: PATIENCE, ...options })
  return answer as TaskAnswers[Question['ask']] | undefined
}

export interface OpenWork {
  readonly news: AsyncIterable<WorkNews>
  /** False when it is over already. */
  order(what: WorkOrderRequest['do']): Promise<boolean>
}

/**
 * Has the server run tasks in lanes of its own until this process ends, or closes them.
 *
 * @returns undefined when no server listens on the socket
 * @throws TsrvError what the server has against it, `TSRV_CONTROL_FAILED`
 */
export async function openWork(
  socket: string,
  request: WorkRequest,
  signal: AbortSignal,
): Promise<OpenWork | undefined> {
  const lines = await open(socket, 'work', request, { signal })
  if (lines === undefined) return undefined
  const first = (await lines.next()).value as WorkOpened | undefined
  if (first?.work === undefined) throw failure(socket, {}, 'what answers there is not a tsrv server')
  const { work } = first
  return {
    news: lines as AsyncIterable<WorkNews>,
    order: async (what) => {
      try {
        return (await call(socket, 'workOrder', { work, do: what }, {})) !== undefined
      } catch (error) {
        if (error instanceof TsrvError && error.code === 'TSRV_WORK_OVER') return false
        throw error
      }
    },
  }
}
