/**
 * `server`: the one documented singleton per process or thread. User code imports it; an entry binds it.
 */
import { TsrvError } from './errors.ts'
import type { Events } from './listener.ts'
import type { Duration } from './util/duration.ts'
import type { Progress } from './wire/messages.ts'
import type { Report } from './wire/report.ts'

/** Times are milliseconds, or texts such as `'500ms'`, `'5s'`, `'2m'`, `'1h'`. */
export interface TaskOptions {
  /** The task runs no sooner than after this time. Default 0. */
  readonly delay?: Duration
  /** Among waiting tasks the highest number runs first. Default 0. */
  readonly priority?: number
  /** How often it may run before an error it throws is its end. Default: `tasks.attempts` (1). */
  readonly attempts?: number
  /** The pause before another attempt; `exponential` (with jitter) doubles `delay` up to `longest`. Default: `tasks.backoff`. */
  readonly backoff?: 'fixed' | 'exponential' | BackoffOptions
  /**
   * Time one attempt may take. `event.signal` aborts then; a task that does not end within half a second after it
   * loses its task worker. Default: `tasks.timeout`.
   */
  readonly timeout?: Duration
  /** While a task with this key waits or runs, this one is dropped: its report says `duplicate`. */
  readonly key?: string
  /** Keeps others with the same `key` away for this time from now, even when the task has ended. */
  readonly ttl?: Duration
  /** Cancels the task when it aborts: a waiting task is dropped, a running one sees `event.signal` abort. */
  readonly signal?: AbortSignal
  /** Shown in lists and logs. */
  readonly label?: string
  /** Whose task it is, for the task log; `tsrv task list --where owner=ada` asks for it. */
  readonly owner?: string
  /** What kind of work it is, for the task log, such as `import` or `export`. */
  readonly category?: string
  /** What becomes of it when its task worker dies: another attempt, or its end. Default: `tasks.onCrash` ('retry'). */
  readonly onCrash?: 'retry' | 'fail'
  /** One of `tasks.queues`. Default: what the task's class or `tasks.routes` says, else 'default'. */
  readonly queue?: string
  /** Id of the task of which this one is a part; `event.spawn()` sets it. The parent's status follows its children. */
  readonly parent?: number
  /** True: its own end decides its status in lists, whatever becomes of its children. Default false. */
  readonly masterStatus?: boolean
}

export interface BackoffOptions {
  readonly kind?: 'fixed' | 'exponential'
  /** Default 1 s. */
  readonly delay?: Duration
  /** Default 10 min. */
  readonly longest?: Duration
}

export interface TaskWaitOptions {
  /** Milliseconds to wait for the result; afterwards the promise rejects and the task goes on. Default 30000. */
  readonly timeout?: number
}

/** What became of a task, success and failure alike. */
export interface TaskReport<Result = unknown> {
  readonly id: number
  /** `duplicate`: it never ran, because of another task with the same key. */
  readonly state: 'completed' | 'failed' | 'cancelled' | 'duplicate'
  /** The task that has the key, for a `duplicate`. */
  readonly duplicateOf?: number
  /** What the task returned; undefined when it failed. */
  readonly value?: Result
  readonly error?: Error
  /** Milliseconds the handlers ran. */
  readonly duration: number
  /** Which attempt ended the task; 0 when it never ran. */
  readonly attempt: number
}

export interface TaskHandle<Result = unknown> {
  readonly id: number
  /** Resolves when the broker has stored the task. */
  readonly accepted: Promise<void>
  /** What the task reports with `event.progress()`; ends with the task. Of what nobody reads, the newest 1000 stay. */
  readonly progress: AsyncIterable<Progress>
  /** Resolves for success and failure alike. */
  readonly done: Promise<TaskReport<Result>>
  /** As `server.cancel(id)`. */
  cancel(): void
}

/** A task that has been sent to a queue. */
export interface QueuedTask<Result = unknown> extends TaskHandle<Result> {
  readonly queue: string
  /** False for one of a sync queue, which has ended already. */
  readonly isEnqueued: boolean
  /** What it had to tell, when it has ended already; `reportOf(await task.done)` is the same for any other. */
  readonly report?: Report
}

/** One of `tasks.queues`. */
export interface TaskQueue {
  readonly name: string

  /**
   * Sends a task to this queue.
   *
   * @param task as the data of `server.task()`: a task object, a message, plain data
   * @returns when the task is stored; for a sync queue when it has ended, with its report. Rejects as
   *   `server.submit()` throws
   * @example
   * const { id } = await server.queue('mail').enqueue(new Welcome('ada@example.com'))
   */
  enqueue<Result = unknown>(task: unknown, options?: Omit<TaskOptions, 'queue'>): Promise<QueuedTask<Result>>

  /**
   * Sends a call of an exported function to this queue.
   *
   * @param action exported by a file of `tasks.modules`
   * @param params its arguments
   * @example
   * const { report } = await server.queue('now').createTask(importUsers, ['users.csv'], { label: 'Users' })
   */
  createTask<Parameters extends readonly unknown[], Result>(
    action: (...params: Parameters) => Result,
    params: Parameters,
    options?: Omit<TaskOptions, 'queue'>,
  ): Promise<QueuedTask<Awaited<Result>>>
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

/** What `server.on('task')` gets as its first parameter: the server, and a way to finish the task it was called for. */
export interface TaskCallbackServer extends Server {
  /** Makes `value` the task's result and ends the task. A second call is logged and ignored. */
  finish(value?: unknown): void
}

/** A task as `server.on('task')` gets it with `tasks.coroutine`. */
export interface ReceivedTask {
  readonly id: number
  /** Worker id of the sender. */
  readonly workerId: number
  readonly data: unknown
  /** As `finish` of `TaskCallbackServer`. */
  finish(value?: unknown): void
}

export type TaskCallback = (
  server: TaskCallbackServer,
  taskId: number,
  sourceWorkerId: number,
  data: unknown,
) => unknown
/** With `tasks.coroutine`. */
export type TaskObjectCallback = (server: TaskCallbackServer, task: ReceivedTask) => unknown
export type FinishCallback = (server: Server, taskId: number, data: unknown) => unknown

/** The running server as user code sees it, in HTTP workers and task workers. */
export interface Server {
  /**
   * Queues a task and returns at once.
   *
   * @param data anything but functions, sockets and other live resources. Instances of classes exported by the
   *   files of `tasks.modules` keep their class.
   * @returns the task's id: unique per installation, increasing per sending process
   * @throws TsrvError `TSRV_TASK_NOT_SERIALISABLE` names the path of what cannot travel;
   *   `TSRV_TASK_TOO_LARGE` above 256 MiB;
   *   `TSRV_TASK_QUEUE_FULL` at the limits `tasks.maxQueued` and `tasks.maxQueuedBytes`;
   *   `TSRV_TASK_OPTION_INVALID`; `TSRV_TASKS_DISABLED` when there are no task workers
   * @example
   * const id = server.task({ to: 'ada@example.com', subject: 'Welcome' })
   * server.task({ remind: 'ada@example.com' }, { delay: '1h', attempts: 5 })
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

  /**
   * Queues a task and returns a handle to follow, await or cancel it.
   *
   * @throws as `task()`; with `tasks.whenFull: 'wait'` a full queue only delays `accepted`
   * @example
   * const upload = server.submit({ resize: 'cat.png' })
   * await upload.accepted // stored: it will run
   */
  submit<Result = unknown>(data: unknown, options?: TaskOptions): TaskHandle<Result>

  /**
   * Cancels a task wherever it was sent from: one that waits is dropped, one that runs sees `event.signal` abort and
   * loses its task worker when it does not end within half a second. Its end is reported as `cancelled`.
   *
   * @returns false when there is no such task, or it has ended
   * @example
   * await server.cancel(id)
   */
  cancel(id: number): Promise<boolean>

  /**
   * One of the queues of the configuration; without a name the default one.
   *
   * @throws TsrvError `TSRV_QUEUE_UNKNOWN`, `TSRV_TASKS_DISABLED`
   * @example
   * const task = await server.queue('import').createTask(importUsers, ['users.csv'])
   */
  queue(name?: string): TaskQueue

  /**
   * Sets the one handler of all tasks, as in a Swoole server; a later one replaces it. To be called while the worker
   * boots, in a module of `boot`. What the handler returns, or gives to `finish()`, is the task's result. With
   * `tasks.coroutine` it is called with `(server, task)`.
   *
   * @throws TsrvError `TSRV_CALLBACK_REFUSED` when the boot is over
   * @example server.on('task', (server, taskId, sourceWorkerId, data) => `done: ${JSON.stringify(data)}`)
   */
  on(event: 'task', handler: TaskCallback): void
  /** With `tasks.coroutine`; give the parameter `task: ReceivedTask` its type. */
  on(event: 'task', handler: TaskObjectCallback): void
  /**
   * Sets the one handler of results, called where the task was sent, and only for tasks that have one: those that
   * return nothing or fail are told of by `TaskFinishEvent` and `TaskErrorEvent` alone.
   *
   * @example server.on('finish', (server, taskId, data) => server.log.info({ taskId, data }))
   */
  on(event: 'finish', handler: FinishCallback): void

  /** Dispatches events of your own classes to the listeners of the config, and to those added here. */
  readonly events: Events

  /** True in the one HTTP worker that runs what must run once per server. */
  readonly isLeader: boolean
  readonly role: ServerRole
  /** 0 … workers-1 for HTTP workers, then the task workers; stable over restarts. */
  readonly workerId: number
  /** Number of the code and config this process was started with; a reload counts on. */
  readonly generation: number
  readonly log: Logger
}

export type { Progress }

let running: Server | undefined

/** Called by an entry once per process or thread; never by user code. */
export function bindServer(bound: Server | undefined): void {
  running = bound
}

/** Whether a server runs in this process or thread. */
export function isServerBound(): boolean {
  return running !== undefined
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
  cancel: (id) => bound('cancel()').cancel(id),
  queue: (name) => bound('queue()').queue(name),
  on: (event: 'task' | 'finish', handler: never) => bound('on()').on(event as 'finish', handler),
  get events() {
    return bound('events').events
  },
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
