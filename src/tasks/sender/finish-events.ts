/** Back in the sender: the end of a task becomes TaskFinishEvent, for a failure TaskErrorEvent as well. */
import type { EventDispatcher } from '../../events/dispatcher.ts'
import { TaskErrorEvent, TaskFinishEvent } from '../../events/task-events.ts'
import { server, type Server } from '../../server.ts'
import type { FinishedTask } from './finished-task.ts'

export interface FinishEventsOptions {
  readonly dispatcher: EventDispatcher
  readonly server: Server
}

/** Never rejects: a throwing listener is logged and the rest run. */
export async function dispatchFinish(
  task: FinishedTask,
  { dispatcher, server }: FinishEventsOptions,
): Promise<void> {
  const { id: taskId, value: data, error, duration, redelivered } = task
  const onError = (thrown: unknown): void =>
    server.log.error({ err: thrown, taskId }, 'A listener of TaskFinishEvent or TaskErrorEvent threw')
  if (error !== undefined) {
    server.log.warn({ err: error, taskId, duration }, 'Task failed')
    const init = { server, taskId, data, error, duration, redelivered }
    await dispatcher.dispatch(new TaskErrorEvent(init), { onError })
  } else {
    server.log.debug({ taskId, duration }, 'Task completed')
  }
  await dispatcher.dispatch(new TaskFinishEvent({ server, taskId, data, error, duration, redelivered }), {
    onError,
  })
}

/** For the `onLate` of a TaskClient. */
export function warnOfLate(taskId: number): void {
  server.log.warn({ taskId }, 'A task ended after its taskWait() had given up: nobody waits for its result')
}
