/** Process role: a service, one long-running program of the user's. */
import './self-resolver.ts'
import type { Config } from '../config/config.ts'
import { LateContainer } from '../container/late-container.ts'
import { TsrvError } from '../errors.ts'
import { EventDispatcher } from '../events/dispatcher.ts'
import { openProcessLog, type ProcessLog } from '../log/process-log.ts'
import { bindServer, server } from '../server.ts'
import { warnOfLate } from '../tasks/sender/finish-events.ts'
import { TaskIds } from '../tasks/sender/ids.ts'
import type { RunHere } from '../tasks/sender/run-here.ts'
import { createServerFacade } from '../tasks/server-facade.ts'
import { asDefinition } from '../tasks/services/definition.ts'
import { ServiceCalls } from '../tasks/services/service-calls.ts'
import { openServiceDesk } from '../tasks/services/service-desk.ts'
import { SwooleCallbacks } from '../tasks/writing/swoole-style.ts'
import { TaskClient } from '../tasks/sender/task-client.ts'
import { TaskLine } from '../tasks/sender/task-line.ts'
import { loadTaskModules } from '../tasks/task-modules.ts'
import { loadUserProgram } from '../tasks/user-program.ts'
import { storeCompiled } from '../util/compile-cache.ts'
import { loadExport } from '../util/load-module.ts'
import type { Boot } from '../wire/messages.ts'
import { serviceSocket } from '../wire/service-calls.ts'
import type { Tags } from '../wire/tags.ts'
import { HeldStopHandlers } from './child-signals.ts'
import { startHeartbeat } from './heartbeat.ts'
import { reportLoads } from './loaded-files.ts'
import { nameExits } from './named-exit.ts'
import { endOnUncaught, logOptions } from './process-setup.ts'
import { senderTerms } from './sender-terms.ts'
import { ServiceLife } from './service-life.ts'
import { SupervisorLink } from './supervisor-link.ts'
import { SyncRunner } from './sync-runner.ts'

const life = new ServiceLife()
const link = new SupervisorLink(() => void life.supervisorLost())
const boot = await link.boot
process.title = `${boot.config.name}: service ${boot.service}`
reportLoads(boot, (message) => void link.send(message))
try {
  const log = await openProcessLog(logOptions(boot.config, `service ${boot.service}`, boot.logPlace))
  endOnUncaught(log, link)
  nameExits({ log, link, who: `Service ${boot.service}`, mayEnd: true })
  await startService(boot, log)
} catch (error) {
  await link.failBoot(error)
}

async function startService(boot: Boot<Config>, log: ProcessLog): Promise<void> {
  const { config, generation, tasksSocket } = boot
  const setting = config.services.find(({ name }) => name === boot.service)
  if (setting === undefined) {
    throw new TsrvError('SERVICE_UNKNOWN', { service: boot.service ?? '', known: 'no longer this one' })
  }
  const { name, module } = setting
  const sync = new SyncRunner(config)
  const { tags, handlers } = await loadTaskModules(config.tasks.modules, config.root, sync.handlers)
  const tasks = boot.taskWorkers === 0 ? undefined : openTasks(boot, tags, sync.run)
  const calls = new ServiceCalls({ services: config.services, tasksSocket, tags })
  const place = { role: 'service', workerId: workerIdOf(boot), generation } as const
  const callbacks = new SwooleCallbacks()
  const dispatcher = new EventDispatcher()
  const { on } = callbacks
  const container = new LateContainer()
  const { drainSignal } = life
  const own = { log: log.logger, container, events: dispatcher, on, isLeader: () => false, drainSignal }
  bindServer(createServerFacade({ tasks: tasks?.client, services: calls, ...place, ...own }))
  const stopHandlers = new HeldStopHandlers()
  const parts = { server, tags, callbacks, container }
  const services = await loadUserProgram(config, { ...parts, roles: ['service'], dispatcher })
  await sync.load({ ...parts, events: dispatcher, services, handlers })
  const definition = asDefinition(await loadExport(module, config.root, 'service'), module)
  await life.begin({ link, log, definition, handlers: stopHandlers, name, server, services, tasks })
  const { methods = {} } = definition
  await openServiceDesk(serviceSocket(tasksSocket, name), { name, methods, tags })
  storeCompiled()
  startHeartbeat(link)
  await link.send({ type: 'ready' })
  void life.run()
}

/** HTTP workers come first, then the task workers, then the services. */
function workerIdOf({ workers, taskWorkers, slot }: Boot<Config>): number {
  return workers + taskWorkers + slot
}

function openTasks(boot: Boot<Config>, tags: Tags, runHere: RunHere): { client: TaskClient; line: TaskLine } {
  const { ids: grant, slot, tasksSocket } = boot
  const ids = new TaskIds(grant, (kind) => void link.requestIds(kind).then((range) => ids.refill(range)))
  const client = new TaskClient({
    ...senderTerms(boot),
    sender: { kind: 'service', slot, workerId: workerIdOf(boot) },
    ids,
    tags,
    runHere,
    // The leader hears of the ends of its tasks.
    onFinish: () => {},
    onLate: warnOfLate,
  })
  const line = new TaskLine(tasksSocket, client)
  line.start()
  return { client, line }
}
