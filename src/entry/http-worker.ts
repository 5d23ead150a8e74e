/** Process role: an HTTP worker. Serves requests with the user's app and hears of the ends of its tasks. */
import path from 'node:path'
import './self-resolver.ts'
import type { Config } from '../config/config.ts'
import type { Services } from '../container/container.ts'
import { EventDispatcher } from '../events/dispatcher.ts'
import { WorkerStartEvent } from '../events/server-events.ts'
import { TaskEvent } from '../events/task-events.ts'
import { loadApp } from '../http/app-loader.ts'
import type { App } from '../http/app-shape.ts'
import { HttpServer } from '../http/http-server.ts'
import { ListenCapture } from '../http/listen-capture.ts'
import { requestHandler } from '../http/request-handler.ts'
import { type SlotSocket, slotSocket } from '../http/slot-socket.ts'
import { type Upgrades, upgradesTo } from '../http/upgrades.ts'
import { openProcessLog, type ProcessLog } from '../log/process-log.ts'
import { bindServer, server } from '../server.ts'
import { dispatchFinish, warnOfLate } from '../tasks/finish-events.ts'
import { TaskIds } from '../tasks/ids.ts'
import { createServerFacade } from '../tasks/server-facade.ts'
import { shareOf } from '../tasks/outbox.ts'
import { type RunHere, runningHere } from '../tasks/run-here.ts'
import { shippedListeners } from '../tasks/listeners/shipped.ts'
import type { HandlerDefinition } from '../tasks/message-handlers.ts'
import { spillFolder } from '../tasks/spill.ts'
import { TaskClient } from '../tasks/task-client.ts'
import type { TaskClientOptions } from '../tasks/task-client-options.ts'
import { TaskLine } from '../tasks/task-line.ts'
import { loadTaskModules } from '../tasks/task-modules.ts'
import { SwooleCallbacks } from '../tasks/swoole-style.ts'
import { loadUserListeners, loadUserProgram, type UserProgramParts } from '../tasks/user-program.ts'
import type { Boot } from '../wire/messages.ts'
import { refuseStopHandlers } from './child-signals.ts'
import { HttpWorkerLife } from './http-worker-life.ts'
import { endOnUncaught, logOptions } from './process-setup.ts'
import { SupervisorLink } from './supervisor-link.ts'

/** Descriptor of the slot's socket, after stdio (0-2) and the IPC channel (3). */
const SLOT_FD = 4
/** Milliseconds of the boot that are left when a program is given up that exports no app and does not listen. */
const LEFT_OF_BOOT = 1000

const life = new HttpWorkerLife()
const link = new SupervisorLink(() => void life.supervisorLost())
const boot = await link.boot
process.title = `${boot.config.name}: http ${boot.slot}`
try {
  const log = await openProcessLog(logOptions(boot.config, `http ${boot.slot}`))
  endOnUncaught(log)
  refuseStopHandlers((signal) =>
    log.logger.debug(
      { signal },
      `The app's handler of ${signal} is not called; WorkerStopEvent tells of a stop`,
    ),
  )
  await startWorker(boot, log)
  await link.send({ type: 'ready' })
} catch (error) {
  await link.failBoot(error)
}

async function startWorker(boot: Boot<Config>, log: ProcessLog): Promise<void> {
  const { config, slot, generation } = boot
  const { root } = config
  const callbacks = new SwooleCallbacks()
  const dispatcher = new EventDispatcher()
  const hasSyncQueues = config.tasks.queues.some(({ sync }) => sync)
  // A worker that runs tasks needs all handlers; others are spared the heavy ones.
  const heavy = hasSyncQueues ? config.tasks.handlers : []
  const { tags, handlers } = await loadTaskModules(config.tasks.modules, root, heavy)
  const here = Promise.withResolvers<RunHere>()
  const runHere: RunHere = async (task, terms) => (await here.promise)(task, terms)
  const tasks = boot.taskWorkers === 0 ? undefined : openTasks(boot, { tags, dispatcher, runHere })
  const isLeader = (): boolean => life.isLeader
  bindServer(
    createServerFacade({
      tasks,
      role: 'http',
      workerId: slot,
      generation,
      log: log.logger,
      events: dispatcher,
      on: callbacks.on,
      isLeader,
    }),
  )
  const parts = { server, tags, callbacks }
  const services = await loadUserProgram(config, { ...parts, roles: ['http'], dispatcher })
  if (hasSyncQueues) here.resolve(await syncRunner(config, { ...parts, services, handlers }))
  const socket = slotSocket(
    SLOT_FD,
    config.socket === undefined ? undefined : path.resolve(root, config.socket),
  )
  const { app, upgrades } = await openApp(config, socket, log)
  const accessLog = config.log.access
  const http = new HttpServer({
    ...config.http,
    handle: requestHandler({ app, server, dispatcher, accessLog }),
    upgrades,
    handlesExpect: app.server !== undefined,
    beforeBytes: () => tasks?.flush(),
  })
  await dispatcher.dispatch(new WorkerStartEvent(server, slot, false))
  log.logger.debug({ event: 'worker-start', workerId: slot, cwd: process.cwd() }, 'Worker started')
  await http.listen(socket.listenable())
  life.begin({ link, http, app, tasks, services, dispatcher, log, workerId: slot })
}

/** Tasks of sync queues meet the listeners that they would meet in a task worker. */
async function syncRunner(config: Config, { handlers, ...parts }: SyncParts): Promise<RunHere> {
  const { tags, services } = parts
  const dispatcher = new EventDispatcher()
  await loadUserListeners(config, { ...parts, roles: ['task'], dispatcher })
  const hasOwnListeners = dispatcher.hasListeners(TaskEvent)
  const shipped = await shippedListeners({ config, handlers, services, dispatcher })
  for (const listener of shipped) dispatcher.on(TaskEvent, listener)
  return runningHere({ dispatcher, tags, server, hasOwnListeners, unhandled: config.tasks.unhandled })
}

interface SyncParts extends Omit<UserProgramParts, 'roles' | 'dispatcher'> {
  readonly services: Services
  readonly handlers: readonly HandlerDefinition[]
}

async function openApp(
  { app: chosen, root, processes, log: { access } }: Config,
  socket: SlotSocket,
  { logger }: ProcessLog,
): Promise<{ app: App; upgrades: Upgrades }> {
  const listens = new ListenCapture({
    address: () => socket.address(),
    onTaken: (wanted) =>
      logger.info(
        { event: 'listen', wanted },
        `The app listens by itself: it is served here and not at ${wanted}`,
      ),
  }).start()
  const patience = Math.max(0, processes.bootTimeout - LEFT_OF_BOOT)
  const { module, kind = 'auto' } = chosen ?? {}
  const app = await loadApp({ module, kind, root, listens, patience, log: logger })
  const upgrades = upgradesTo({ server: () => app.server ?? listens.taken, log: logger, accessLog: access })
  return { app, upgrades }
}

function openTasks(
  { config, workers, ids: grant, slot, tasksSocket, tasksFile }: Boot<Config>,
  {
    tags,
    dispatcher,
    runHere,
  }: Pick<TaskClientOptions, 'tags' | 'runHere'> & { dispatcher: EventDispatcher },
): TaskClient {
  const ids = new TaskIds(grant, (kind) => void link.requestIds(kind).then((range) => ids.refill(range)))
  const onTrouble = (error: unknown): void =>
    server.log.error({ err: error }, 'Tasks cannot be written down while the task server is away')
  const client = new TaskClient({
    sender: { kind: 'http', slot, workerId: slot },
    ids,
    tags,
    limits: shareOf(config.tasks, workers),
    queues: config.tasks,
    runHere,
    whenFull: config.tasks.whenFull,
    maxCrashes: config.tasks.maxCrashes,
    onCrash: config.tasks.onCrash,
    ...(tasksFile !== undefined &&
      config.tasks.broker !== 'memory' && { spill: { folder: spillFolder(tasksFile), onTrouble } }),
    onFinish: (finished) => dispatchFinish(finished, { dispatcher, server }),
    onLate: warnOfLate,
  })
  new TaskLine(tasksSocket, client).start()
  return client
}
