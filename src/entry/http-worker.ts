/** Process role: an HTTP worker. Serves requests with the user's app and hears of the ends of its tasks. */
import './self-resolver.ts'
import type { Config } from '../config/config.ts'
import { readTls } from '../config/tls-files.ts'
import { LateContainer } from '../container/late-container.ts'
import { EventDispatcher } from '../events/dispatcher.ts'
import { WorkerStartEvent } from '../events/server-events.ts'
import { loadApp } from '../http/app-loader.ts'
import type { App } from '../http/app-shape.ts'
import { HttpServer } from '../http/http-server.ts'
import { ListenCapture } from '../http/listen-capture.ts'
import { nameOf, OpenRequests } from '../http/open-requests.ts'
import { requestHandler } from '../http/request-handler.ts'
import { type SlotSocket, slotSocket } from '../http/slot-socket.ts'
import { type Upgrades, upgradesTo } from '../http/upgrades.ts'
import { openProcessLog, type ProcessLog } from '../log/process-log.ts'
import { bindServer, server } from '../server.ts'
import { dispatchFinish, warnOfLate } from '../tasks/sender/finish-events.ts'
import { TaskIds } from '../tasks/sender/ids.ts'
import { createServerFacade } from '../tasks/server-facade.ts'
import { ServiceCalls } from '../tasks/services/service-calls.ts'
import { TaskClient } from '../tasks/sender/task-client.ts'
import type { TaskClientOptions } from '../tasks/sender/task-client-options.ts'
import { TaskLine } from '../tasks/sender/task-line.ts'
import { loadTaskModules } from '../tasks/task-modules.ts'
import { SwooleCallbacks } from '../tasks/writing/swoole-style.ts'
import { loadUserProgram } from '../tasks/user-program.ts'
import { storeCompiled } from '../util/compile-cache.ts'
import type { Boot } from '../wire/messages.ts'
import { refuseStopHandlers } from './child-signals.ts'
import { HttpWorkerLife } from './http-worker-life.ts'
import { watchHttpWorker } from './http-worker-watch.ts'
import { reportLoads } from './loaded-files.ts'
import { nameExits } from './named-exit.ts'
import { endOnUncaught, logOptions } from './process-setup.ts'
import { senderTerms } from './sender-terms.ts'
import { SupervisorLink } from './supervisor-link.ts'
import { SyncRunner } from './sync-runner.ts'
import { warmUp } from './warm-up.ts'

/** Descriptor of the slot's socket, after stdio (0-2) and the IPC channel (3). */
const SLOT_FD = 4
/** Milliseconds of the boot that are left when a program is given up that exports no app and does not listen. */
const LEFT_OF_BOOT = 1000

const life = new HttpWorkerLife()
const open = new OpenRequests()
const link = new SupervisorLink(() => void life.supervisorLost())
link.onOrder((order) => {
  if (order.type === 'warm-up') warmUp()
})
const boot = await link.boot
process.title = `${boot.config.name}: http ${boot.slot}`
reportLoads(boot, (message) => void link.send(message))
try {
  const log = await openProcessLog(logOptions(boot.config, `http ${boot.slot}`, boot.logPlace))
  const onUncaught = endOnUncaught(log, link)
  nameExits({ log, link, who: 'The app', fields: () => nameOf(open.current) })
  refuseStopHandlers((signal) =>
    log.logger.debug(
      { signal },
      `The app's handler of ${signal} is not called; WorkerStopEvent tells of a stop`,
    ),
  )
  await startWorker(boot, log)
  storeCompiled()
  onUncaught(watchHttpWorker({ link, log, open, config: boot.config }))
  await link.send({ type: 'ready' })
} catch (error) {
  await link.failBoot(error)
}

async function startWorker(boot: Boot<Config>, log: ProcessLog): Promise<void> {
  const { config, slot, generation } = boot
  const { root } = config
  const callbacks = new SwooleCallbacks()
  const dispatcher = new EventDispatcher()
  const sync = new SyncRunner(config)
  const { tags, handlers } = await loadTaskModules(config.tasks.modules, root, sync.handlers)
  const line = { tags, dispatcher, log, runHere: sync.run }
  const tasks = boot.taskWorkers === 0 ? undefined : openTasks(boot, line)
  const isLeader = (): boolean => life.isLeader
  const calls = new ServiceCalls({ services: config.services, tasksSocket: boot.tasksSocket, tags })
  const { drainSignal } = life
  const place = { role: 'http', workerId: slot, generation, log: log.logger, isLeader, drainSignal } as const
  const { on } = callbacks
  const container = new LateContainer()
  bindServer(createServerFacade({ tasks, services: calls, container, events: dispatcher, on, ...place }))
  const parts = { server, tags, callbacks, container }
  const services = await loadUserProgram(config, { ...parts, roles: ['http'], dispatcher })
  await sync.load({ ...parts, events: dispatcher, services, handlers })
  const socket = slotSocket(SLOT_FD, boot.socketPath)
  const { app, upgrades } = await openApp(config, socket, log)
  const accessLog = config.log.access
  const http = new HttpServer({
    ...config.http,
    secure: readTls(config),
    handle: requestHandler({ app, server, dispatcher, open, accessLog }),
    open,
    upgrades,
    handlesExpect: app.server !== undefined,
    beforeBytes: () => tasks?.flush(),
  })
  await dispatcher.dispatch(new WorkerStartEvent(server, slot, false))
  log.logger.debug({ event: 'worker-start', workerId: slot, cwd: process.cwd() }, 'Worker started')
  await http.listen(socket.listenable())
  life.begin({ link, http, app, tasks, services, dispatcher, log, workerId: slot })
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
  const program = (): App['server'] => app.server ?? listens.taken
  const upgrades = upgradesTo({ server: program, log: logger, accessLog: access, open })
  return { app, upgrades }
}

interface TaskLineParts extends Pick<TaskClientOptions, 'tags' | 'runHere'> {
  readonly dispatcher: EventDispatcher
  readonly log: ProcessLog
}

function openTasks(boot: Boot<Config>, { dispatcher, log, ...line }: TaskLineParts): TaskClient {
  const { ids: grant, slot, tasksSocket } = boot
  const ids = new TaskIds(grant, (kind) => void link.requestIds(kind).then((range) => ids.refill(range)))
  const client = new TaskClient({
    ...senderTerms(boot),
    ...line,
    sender: { kind: 'http', slot, workerId: slot },
    ids,
    onFinish: async (finished) => {
      await dispatchFinish(finished, { dispatcher, server })
      // What listeners logged is written before their event counts as handled, also if this process is killed then.
      log.hurry()
    },
    onLate: warnOfLate,
  })
  new TaskLine(tasksSocket, client).start()
  return client
}
