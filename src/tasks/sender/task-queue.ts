/** A queue as user code has it: tasks go in, each with a report at its end. */
import type { QueuedTask, TaskHandle, TaskOptions, TaskQueue } from '../../server.ts'
import { isSync, NO_ROUTES, queueOf, type QueueRoutes } from '../queues.ts'
import { reportOf } from '../report-of.ts'
import { Task } from '../writing/task-objects.ts'

/** Sends as `server.submit()` does, and says to which queue. */
export type SubmitToQueue = <Result>(
  data: unknown,
  options: TaskOptions,
) => { readonly handle: TaskHandle<Result>; readonly queue: string }

export interface TaskQueueOptions {
  /** Without it each task goes its own way. */
  readonly wished: string | undefined
  readonly routes: QueueRoutes | undefined
  readonly submit: SubmitToQueue
}

/** @throws TsrvError TSRV_QUEUE_UNKNOWN */
export function taskQueue({ wished, routes = NO_ROUTES, submit }: TaskQueueOptions): TaskQueue {
  const name = queueOf({ data: undefined, name: '', wished, by: 'server.queue()' }, routes)
  const enqueue = async <Result>(task: unknown, options: TaskOptions = {}): Promise<QueuedTask<Result>> => {
    const asked = wished === undefined ? options : { ...options, queue: name }
    const { handle, queue } = submit<Result>(task, asked)
    if (isSync(queue, routes))
      return { ...handle, queue, isEnqueued: false, report: reportOf(await handle.done) }
    await handle.accepted
    return { ...handle, queue, isEnqueued: true }
  }
  return {
    name,
    enqueue,
    createTask: (action, params, options) => enqueue(new Task(action, ...params), options),
  }
}
