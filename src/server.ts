/**
 * `server`: the one documented singleton per process or thread. User code imports it; an entry binds it.
 */
import { TsrvError, type WireError } from './errors.ts'
import type { Progress } from './wire/messages.ts'

export interface TaskOptions {
  /** Cancels the task when it aborts: a queued task is dropped, a running one sees `event.signal` abort. */
  readonly signal?: AbortSignal
}

export interface TaskWaitOptions {
  /** Milliseconds to wait for the result; afterwards the promise rejects and the task goes on. Default 30000. */
  readonly timeout?: number
}

/** What became of a task, success and failure alike. */
export interface TaskReport<Result = unknown> {
  readonly id: number
  readonly state: 'completed' | 'failed' | 'cancelled'
  /** What the task returned; undefined when it failed. */
  readonly value?: Result
  readonly error?: Error
  /** Milliseconds the handlers ran. */
  readonly duration: number
  /** Which try ended the task; 1 unless a crash forced another. */
  readonly attempt: number
}

export interface TaskHandle<Result = unknown> {
  readonly id: number
  /** Resolves when the broker has stored the task. */
  readonly accepted: Promise<void>
  /** What the task reports with `event.progress()`; ends with the task. */
  readonly progress: AsyncIterable<Progress>
  /** Resolves for success and failure alike. */
  readonly done: Promise<TaskReport<Result>>
  /** Drops the task if it waits; aborts `event.signal` if it runs. */
  cancel(): void
}

export type ServerRole = 'http' | 'task'

/** Writes log records; an object first becomes fields of the record (as in pino). */
export interface Logger {
  trace: LogMethod
  debug: LogMethod
  info: LogMethod
  warn: LogMethod
  error: LogMethod
  fatal: LogMethod
}

interface LogMethod {
  (message: string): void
  (fields: object, message?: string): void
}

/** The running server as user code sees it, in HTTP workers and task workers. */
export interface Server {
  /**
   * Queues a task and returns at once.
   *
   * @param data anything but functions, sockets and other live resources. Instances of classes exported by the
   *   files of `tasks.modules` keep their class.
   * @returns the task's id: unique per installation, increasing per sending process
   * @throws TsrvError `TSRV_TASK_NOT_SERIALISABLE` names the path of what cannot travel;
   *   `TSRV_TASKS_DISABLED` when there are no task workers
   * @example
   * const id = server.task({ to: 'ada@example.com', subject: 'Welcome' })
   */
  task(data: unknown, options?: TaskOptions): number

  /**
   * Queues a task and waits for its return value.
   *
   * @returns rejects with the task's own error, or with `TSRV_TASK_TIMEOUT`
   * @example
   * const thumbnail = await server.taskWait<string>({ resize: 'cat.png' }, { timeout: 2000 })
   */
  taskWait<Result = unknown>(data: unknown, options?: TaskWaitOptions): Promise<Result>

  /**
   * Queues several tasks and waits for all of them.
   *
   * @returns settled results in the order of `items`, none missing; `[]` for `[]`
   */
  taskWaitMulti<Result = unknown>(
    items: readonly unknown[],
    options?: TaskWaitOptions,
  ): Promise<PromiseSettledResult<Result>[]>

  /** Queues a task and returns a handle to follow, await or cancel it. */
  submit<Result = unknown>(data: unknown, options?: TaskOptions): TaskHandle<Result>

  /** True in the one HTTP worker that runs what must run once per server. */
  readonly isLeader: boolean
  readonly role: ServerRole
  /** 0 … workers-1 for HTTP workers, then the task workers; stable over restarts. */
  readonly workerId: number
  /** Number of the code and config this process was started with; a reload counts on. */
  readonly generation: number
  readonly log: Logger
}

export type { Progress, WireError }

let running: Server | undefined

/** Called by an entry once per process or thread; never by user code. */
export function bindServer(bound: Server | undefined): void {
  running = bound
}

function bound(call: string): Server {
  if (running === undefined) throw new TsrvError('NOT_RUNNING', { call: `server.${call}` })
  return running
}

/**
 * The running server, usable from any module of the user's program.
 *
 * @throws TsrvError `TSRV_NOT_RUNNING` outside processes that `tsrv start` started
 * @example
 * import { server } from '@tsrv/server'
 * export default { fetch: () => new Response(`task #${server.task({ hello: 'world' })}`) }
 */
export const server: Server = {
  task: (data, options) => bound('task()').task(data, options),
  taskWait: (data, options) => bound('taskWait()').taskWait(data, options),
  taskWaitMulti: (items, options) => bound('taskWaitMulti()').taskWaitMulti(items, options),
  submit: (data, options) => bound('submit()').submit(data, options),
  get isLeader() {
    return bound('isLeader').isLeader
  },
  get role() {
    return bound('role').role
  },
  get workerId() {
    return bound('workerId').workerId
  },
  get generation() {
    return bound('generation').generation
  },
  get log() {
    return bound('log').log
  },
}
