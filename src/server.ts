/**
 * `server`: the one documented singleton per process or thread. User code imports it; an entry binds it.
 */
import { TsrvError } from './errors.ts'
import type { Events } from './listener.ts'
import type { Logger } from './logger.ts'
import type { ServiceLookup } from './service-lookup.ts'
import type { TaskHandle, TaskOptions, TaskQueue, TaskWaitOptions } from './task-handle.ts'
import type { Duration } from './util/duration.ts'

/** What a service gets when it starts. */
export interface ServiceContext {
  readonly server: Server
  /** Its key under `services`. */
  readonly name: string
  /** Aborts when the service is to end. */
  readonly signal: AbortSignal
}

// oxlint-disable-next-line typescript/no-explicit-any -- any data: each method's own signature says what it takes
export type ServiceMethods = Readonly<Record<string, (data: any) => unknown>>

export interface ServiceDefinition {
  /** Prepares it: the service has started when the promise that this returns has resolved. A throw fails the start. */
  readonly start?: (context: ServiceContext) => unknown
  /**
   * Its work. While the promise that this returns is pending the process lives; after that as long as Node has something
   * to wait for, such as a server or a timer. A throw is a crash. Without `run`, or with `methods`, it lives until it is
   * stopped.
   */
  readonly run?: (context: ServiceContext) => unknown
  /** Called when the service is asked to end. Its process leaves when `stop` and `run` have settled. */
  readonly stop?: () => unknown
  /** What `server.service(name).call(method, data)` may call. */
  readonly methods?: ServiceMethods
}

export interface ServiceCallOptions {
  /** How long the answer may take, a service that is just starting included. Default 30 s. */
  readonly timeout?: Duration
}

type MethodsOf<Definition extends ServiceDefinition> = Definition extends { readonly methods: infer Methods }
  ? Methods
  : ServiceMethods

/** A service as its callers see it. */
export interface ServiceHandle<Definition extends ServiceDefinition = ServiceDefinition> {
  readonly name: string
  /**
   * Calls one of its methods with data that can travel (as that of tasks) and waits for what it returns.
   *
   * @returns rejects with what the method threw; `TSRV_SERVICE_TIMEOUT`; `TSRV_SERVICE_LOST` when the service ended
   *   before it answered; `TSRV_SERVICE_METHOD_UNKNOWN`; `TSRV_TASK_NOT_SERIALISABLE`
   */
  call<Name extends keyof MethodsOf<Definition> & string>(
    method: Name,
    data?: MethodsOf<Definition>[Name] extends (data: infer Data) => unknown ? Data : never,
    options?: ServiceCallOptions,
  ): Promise<MethodsOf<Definition>[Name] extends (data: never) => infer Result ? Awaited<Result> : unknown>
}

export type ServerRole = 'http' | 'task' | 'service'

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

/** The running server as user code sees it, in HTTP workers, task workers and services. */
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
   * One of the queues of the configuration. Without a name, each task goes where it would go without a queue: to that
   * of its class or function, else by `tasks.routes`, else to the default one.
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

  /**
   * The services of the module that `container` names in the config; every process and thread has its own. Boot modules
   * come before it.
   *
   * @example
   * const mailer = server.container.get('mailer') as Mailer
   */
  readonly container: ServiceLookup

  /**
   * A service of the config, to call its methods.
   *
   * @throws TsrvError `TSRV_SERVICE_UNKNOWN`
   * @example
   * import type mailbox from './services/mailbox.ts'
   * await server.service<typeof mailbox>('mailbox').call('add', 'Hello')
   */
  service<Definition extends ServiceDefinition = ServiceDefinition>(name: string): ServiceHandle<Definition>

  /** True in the one HTTP worker that runs what must run once per server. */
  readonly isLeader: boolean
  /**
   * Aborts when this process is told to finish. In an HTTP worker: another worker has its place, or the server stops. What
   * it serves may go on for `processes.maxWaitTime`, so answers without an end (streams, server-sent events) should end
   * now: their clients come back to a worker that stays. In a service: it is to end, as `signal` of its context says. In a
   * task worker: it has run its last task; a task has `event.signal`.
   *
   * @example
   * const stop = AbortSignal.any([request.signal, server.drainSignal])
   * for await (const _ of setInterval(1000, undefined, { signal: stop })) yield `data: ${Date.now()}\n\n`
   */
  readonly drainSignal: AbortSignal
  readonly role: ServerRole
  /** 0 … workers-1 for HTTP workers, then the task workers, then the services; stable over restarts. */
  readonly workerId: number
  /** Number of the code and config this process was started with; a reload counts on. */
  readonly generation: number
  readonly log: Logger
}

export type { Logger } from './logger.ts'
export type { ServiceLookup } from './service-lookup.ts'
export type { Progress } from './wire/messages.ts'
export type {
  BackoffOptions,
  QueuedTask,
  TaskHandle,
  TaskOptions,
  TaskQueue,
  TaskReport,
  TaskWaitOptions,
} from './task-handle.ts'

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
  get container() {
    return bound('container').container
  },
  service: (name) => bound('service()').service(name),
  get isLeader() {
    return bound('isLeader').isLeader
  },
  get drainSignal() {
    return bound('drainSignal').drainSignal
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
