/** Process role: the task server. Owns queue and lanes; its main thread runs no user code. */
import { chmodSync, rmSync } from 'node:fs'
import { createServer, type Server as NetServer } from 'node:net'
import type { Config } from '../config/config.ts'
import { errorToWire } from '../errors.ts'
import { openProcessLog, type ProcessLog } from '../log/process-log.ts'
import { MemoryBroker } from '../tasks/brokers/memory.ts'
import { ThreadLane } from '../tasks/lanes/thread-lane.ts'
import { MAX_CRASHES } from '../tasks/task.ts'
import { TaskServer } from '../tasks/task-server.ts'
import type { Boot, DrainTerms } from '../wire/messages.ts'
import { SocketChannel } from '../wire/socket-channel.ts'
import { taskServerCodec } from '../wire/task-codec.ts'
import { endOnUncaught, logOptions } from './process-setup.ts'
import { SupervisorLink } from './supervisor-link.ts'
import { threadPeer } from './thread-peer.ts'

/** Milliseconds for tasks already under way to arrive when the supervisor has died. */
const LAST_FLUSH = 1000

let listener: NetServer | undefined
const link = new SupervisorLink(supervisorLost)
/** What threads are booted with: the latest reload decides. */
let boot = await link.boot
process.title = `${boot.config.name}: tasks`
try {
  const log = await openProcessLog(logOptions(boot.config, 'tasks'))
  endOnUncaught(log)
  await startTaskServer(log)
  await link.send({ type: 'ready' })
} catch (error) {
  await link.failBoot(error)
}

/** HTTP workers end by themselves and close their lines, once what they had under way has arrived here. */
function supervisorLost(): void {
  listener?.close(() => process.exit(0))
  setTimeout(() => process.exit(0), listener === undefined ? 0 : LAST_FLUSH)
}

async function startTaskServer(log: ProcessLog): Promise<void> {
  const make = (number: number): ThreadLane => makeLane(number, log, tasks)
  const tasks: TaskServer = new TaskServer({
    broker: new MemoryBroker(),
    log: log.logger,
    maxCrashes: MAX_CRASHES,
  })
  listener = await listen(boot.tasksSocket, tasks)
  await tasks.setLanes(boot.taskWorkers, make)
  link.onOrder((order) => {
    if (order.type === 'stats?') void link.send({ type: 'stats', stats: tasks.stats() })
    if (order.type === 'drain') void leave(order, tasks, log)
    if (order.type === 'reload') void reload(order.boot, tasks, make)
  })
}

async function listen(path: string, tasks: TaskServer): Promise<NetServer> {
  // The predecessor cannot have removed its socket when it was killed; there is only one task server at a time.
  rmSync(path, { force: true })
  const server = createServer((socket) => tasks.connect(new SocketChannel(socket, taskServerCodec)))
  const listening = Promise.withResolvers<void>()
  server.once('error', listening.reject)
  server.listen(path, listening.resolve)
  await listening.promise
  chmodSync(path, 0o600)
  return server
}

function makeLane(number: number, log: ProcessLog, tasks: TaskServer): ThreadLane {
  return new ThreadLane({
    number,
    bootTimeout: boot.config.processes.bootTimeout,
    boot: async () => {
      const [block, reserve] = await Promise.all([link.requestIds('block'), link.requestIds('reserve')])
      const { config, generation, workers } = boot
      return { config, lane: number, generation, workerId: workers + number, ids: { block, reserve } }
    },
    attach: (post) => threadPeer({ link, log, connect: (line) => tasks.connect(line) }, post),
    onTrouble: (error, message) => log.logger.error({ err: error, lane: number }, message),
  })
}

/** A boot that fails leaves the old code in its lanes, and the old config for threads that have to be replaced. */
async function reload(
  next: Boot<Config>,
  tasks: TaskServer,
  make: (number: number) => ThreadLane,
): Promise<void> {
  const before = boot
  boot = next
  try {
    await tasks.setLanes(next.taskWorkers, make)
    await link.send({ type: 'reloaded' })
  } catch (error) {
    boot = before
    await link.send({ type: 'reload-failed', error: errorToWire(error) })
  }
}

async function leave({ within }: DrainTerms, tasks: TaskServer, log: ProcessLog): Promise<never> {
  const { queued, running } = tasks.stats()
  if (queued + running > 0) log.logger.info({ queued, running }, 'Finishing tasks before the stop')
  const lost = await tasks.drain(AbortSignal.timeout(within))
  if (lost > 0)
    log.logger.error({ lost }, `${lost} tasks were lost: the memory broker keeps nothing over a stop`)
  listener?.close()
  await tasks.stop()
  process.exit(0)
}
