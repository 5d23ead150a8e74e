/** A queue as user code has it: tasks go in, each with a report at its end. */
import type { QueuedTask, Server, TaskOptions, TaskQueue } from '../server.ts'
import { isSync, NO_ROUTES, queueOf, type QueueRoutes } from './queues.ts'
import { reportOf } from './report-of.ts'
import { DEFAULT_QUEUE } from './task.ts'
import { Task } from './task-objects.ts'

export interface TaskQueueOptions {
  /** Default: the default queue. */
  readonly wished: string | undefined
  readonly routes: QueueRoutes | undefined
  readonly submit: Server['submit']
}

/**
 * Sends as `server.submit()` does, with the queue among the options.
 *
 * @throws TsrvError TSRV_QUEUE_UNKNOWN
 */
export function taskQueue({
  wished = DEFAULT_QUEUE,
  routes = NO_ROUTES,
  submit,
}: TaskQueueOptions): TaskQueue {
  const name = queueOf({ data: undefined, name: '', wished, by: 'server.queue()' }, routes)
  const enqueue = async <Result>(task: unknown, options: TaskOptions = {}): Promise<QueuedTask<Result>> => {
    const handle = submit<Result>(task, { ...options, queue: name })
    if (isSync(name, routes))
      return { ...handle, queue: name, isEnqueued: false, report: reportOf(await handle.done) }
    await handle.accepted
    return { ...handle, queue: name, isEnqueued: true }
  }
  return {
    name,
    enqueue,
    createTask: (action, params, options) => enqueue(new Task(action, ...params), options),
  }
}
