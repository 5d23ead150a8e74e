/** Thread role: a task worker. Piscina calls `run`; the first run boots, the others are tasks, the last one stops. */
import './self-resolver.ts'
import { setPriority } from 'node:os'
import type { MessagePort } from 'node:worker_threads'
import type { Config } from '../config/config.ts'
import type { Services } from '../container/container.ts'
import { LateContainer } from '../container/late-container.ts'
import { errorFromWire } from '../wire/error-report.ts'
import { EventDispatcher } from '../events/dispatcher.ts'
import { WorkerStartEvent, WorkerStopEvent } from '../events/server-events.ts'
import { forwardingLogger } from '../log/process-log.ts'
import { bindServer, server } from '../server.ts'
import { warnOfLate } from '../tasks/sender/finish-events.ts'
import { TaskIds } from '../tasks/sender/ids.ts'
import { openRunner } from '../tasks/task-worker/open-runner.ts'
import { createServerFacade } from '../tasks/server-facade.ts'
import { type OutboxLimits, shareOf } from '../tasks/sender/outbox.ts'
import { ServiceCalls } from '../tasks/services/service-calls.ts'
import { TaskClient } from '../tasks/sender/task-client.ts'
import { loadTaskModules } from '../tasks/task-modules.ts'
import { runningHere } from '../tasks/sender/run-here.ts'
import { packError } from '../tasks/task-error.ts'
import { runTask, type TaskRunnerOptions } from '../tasks/task-worker/task-runner.ts'
import { SwooleCallbacks } from '../tasks/writing/swoole-style.ts'
import { loadUserProgram } from '../tasks/user-program.ts'
import { storeCompiled } from '../util/compile-cache.ts'
import type { FromTaskServer, ToTaskServer } from '../wire/messages.ts'
import type {
  FromThread,
  ThreadAnswer,
  ThreadBoot,
  ThreadRun,
  ThreadTask,
  ToThread,
} from '../wire/thread-messages.ts'
import { NO_TAGS, type Tags } from '../wire/tags.ts'
import { PortChannel } from '../wire/port-channel.ts'
import { reportLoads } from './loaded-files.ts'
import { nameExits } from './named-exit.ts'

interface TaskWorker extends TaskRunnerOptions {
  readonly workerId: number
  readonly services: Services
  /** Of the tasks that run now, by id. */
  readonly aborts: Map<number, AbortController>
}

let worker: TaskWorker | undefined
const draining = new AbortController()

/** What piscina runs. Answers are records of bytes and numbers: nothing in them can fail to be cloned. */
export async function run(message: ThreadRun<Config>): Promise<ThreadAnswer> {
  switch (message.do) {
    case 'boot':
      return boot(message)
    case 'task':
      return runOne(message)
    case 'abort':
      worker?.aborts.get(message.id)?.abort(errorFromWire(message.reason))
      return { ok: true, duration: 0 }
    case 'stop':
      return stop()
    default:
      return message satisfies never
  }
}

async function boot(message: ThreadBoot<Config>): Promise<ThreadAnswer> {
  try {
    lowerPriority(message.config.tasks.nice)
    reportLoads(message, (loaded) => message.port.postMessage(loaded satisfies FromThread))
    worker = await startWorker(message)
    storeCompiled()
    return { ok: true, duration: 0 }
  } catch (error) {
    return { ok: false, error: packError(error, NO_TAGS), duration: 0 }
  }
}

async function startWorker({
  config,
  workerId,
  generation,
  lane,
  workers,
  port,
  ids: grant,
  tasksSocket,
}: ThreadBoot<Config>): Promise<TaskWorker> {
  const { root } = config
  const post = (message: FromThread): void => port.postMessage(message)
  const fields = { name: config.name, process: `task ${lane}`, pid: process.pid }
  const log = forwardingLogger({ level: config.log.level, fields }, (line) => post({ type: 'log', line }))
  // The end of the port brings what is left of the log to the process that writes it.
  nameExits({ log: { logger: log, flush() {} }, who: 'Task code', fields: runningTasks })
  const dispatcher = new EventDispatcher()
  const { tags, handlers } = await loadTaskModules(config.tasks.modules, root, config.tasks.handlers)
  const callbacks = new SwooleCallbacks()
  const ids = new TaskIds(grant, (kind) => post({ type: 'ids?', kind, request: 0 }))
  const tasks = openTasks(port, { ids, tags, lane, workerId, limits: shareOf(config.tasks, workers), config })
  const { on } = callbacks
  const calls = new ServiceCalls({ services: config.services, tasksSocket, tags })
  const { signal: drainSignal } = draining
  const place = { role: 'task', workerId, generation, log, isLeader: () => false, drainSignal } as const
  const container = new LateContainer()
  bindServer(createServerFacade({ tasks, services: calls, container, events: dispatcher, on, ...place }))
  const parts = { server, dispatcher, tags, callbacks, container }
  const services = await loadUserProgram(config, { ...parts, roles: ['task'] })
  const runner = await openRunner({ ...parts, config, events: dispatcher, handlers, services })
  await dispatcher.dispatch(new WorkerStartEvent(server, workerId, true))
  log.debug({ event: 'worker-start', workerId, cwd: process.cwd() }, 'Worker started')
  const onProgress: TaskRunnerOptions['onProgress'] = (id, progress) =>
    post({ type: 'progress', id, progress })
  return { ...runner, onProgress, workerId, services, aborts: new Map() }
}

interface ThreadTasks {
  readonly ids: TaskIds
  readonly tags: Tags
  readonly lane: number
  readonly workerId: number
  readonly limits: OutboxLimits
  readonly config: Config
}

/** Tasks can send tasks: a client whose line is the thread's own port. */
function openTasks(
  port: MessagePort,
  { ids, tags, lane, workerId, limits, config }: ThreadTasks,
): TaskClient {
  const channel = new PortChannel<ToTaskServer, FromTaskServer>((message) =>
    port.postMessage({ type: 'sender', message } satisfies FromThread),
  )
  const sender = { kind: 'task-worker', slot: lane, workerId } as const
  const client = new TaskClient({
    sender,
    ids,
    tags,
    limits,
    queues: config.tasks,
    runHere: (task, terms) => runningHere(booted())(task, terms),
    whenFull: config.tasks.whenFull,
    maxCrashes: 1,
    onCrash: 'fail',
    onFinish: () => {},
    onLate: warnOfLate,
  })
  client.connect(channel)
  port.on('message', (message: ToThread) => {
    if (message.type === 'sender') channel.receive(message.message)
    else ids.refill(message.range)
  })
  // The port must not keep a thread alive that piscina wants to end.
  port.unref()
  return client
}

async function runOne(task: ThreadTask): Promise<ThreadAnswer> {
  const { aborts, ...options } = booted()
  const abort = new AbortController()
  aborts.set(task.id, abort)
  try {
    return await runTask(task, abort.signal, options)
  } finally {
    aborts.delete(task.id)
  }
}

function runningTasks(): { readonly tasks: readonly number[] } {
  return { tasks: [...(worker?.aborts.keys() ?? [])] }
}

function booted(): TaskWorker {
  if (worker === undefined) throw new Error('this thread was not booted')
  return worker
}

async function stop(): Promise<ThreadAnswer> {
  draining.abort()
  if (worker !== undefined) {
    const onError = (error: unknown): void =>
      server.log.error({ err: error }, 'A listener of WorkerStopEvent threw')
    await worker.dispatcher.dispatch(new WorkerStopEvent(server, worker.workerId, true), { onError })
    try {
      await worker.services.dispose()
    } catch (error) {
      server.log.error({ err: error }, 'A service could not be ended')
    }
  }
  return { ok: true, duration: 0 }
}

/** On Linux the priority of a thread is its own; elsewhere the call would slow down the whole task server. */
function lowerPriority(nice: number): void {
  if (process.platform === 'linux' && nice > 0) setPriority(0, nice)
}
