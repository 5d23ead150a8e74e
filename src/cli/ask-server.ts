/** Questions about tasks to the server of this place. */
import { findRunningServer } from '../control/running-server.ts'
import { askTasks } from '../control/task-client.ts'
import { TsrvError } from '../errors.ts'
import type { TaskAnswers, TaskQuestion } from '../wire/task-questions.ts'
import { locateServer } from './server-place.ts'

/**
 * @param config value of `-c`
 * @returns undefined when no server runs
 * @throws TsrvError what the server has against the question
 */
export async function askServer<Question extends TaskQuestion>(
  config: string | undefined,
  question: Question,
): Promise<TaskAnswers[Question['ask']] | undefined> {
  const { paths } = locateServer(config)
  const answer = await askTasks(paths.controlSocket, question)
  if (answer !== undefined) return answer
  // It has a pid before it has a control socket, and no longer has one at its end.
  const running = await findRunningServer(paths)
  if (running === undefined) return undefined
  const { pid } = running
  const reason = 'it starts or stops just now'
  throw new TsrvError('CONTROL_FAILED', { pid, socket: paths.controlSocket, reason })
}
