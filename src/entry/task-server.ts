/** Process role: the task server. Owns queue and lanes; its main thread runs no user code. */
import { chmodSync, rmSync } from 'node:fs'
import { createServer, type Server as NetServer } from 'node:net'
import type { Config } from '../config/config.ts'
import { openProcessLog, type ProcessLog } from '../log/process-log.ts'
import { MemoryBroker } from '../tasks/brokers/memory.ts'
import { ThreadLane } from '../tasks/lanes/thread-lane.ts'
import { TaskServer } from '../tasks/task-server.ts'
import type {
  Boot,
  DrainTerms,
  FromTaskServer,
  FromThread,
  ToTaskServer,
  ToThread,
} from '../wire/messages.ts'
import { PortChannel } from '../wire/port-channel.ts'
import { SocketChannel } from '../wire/socket-channel.ts'
import { taskServerCodec } from '../wire/task-codec.ts'
import { endOnUncaught, logOptions } from './process-setup.ts'
import { SupervisorLink } from './supervisor-link.ts'

/** Milliseconds for tasks already under way to arrive when the supervisor has died. */
const LAST_FLUSH = 1000
const MAX_CRASHES = 3

let listener: NetServer | undefined
const link = new SupervisorLink(supervisorLost)
const boot = await link.boot
process.title = `${boot.config.name}: tasks`
try {
  const log = await openProcessLog(logOptions(boot.config, 'tasks'))
  endOnUncaught(log)
  await startTaskServer(boot, log)
  await link.send({ type: 'ready' })
} catch (error) {
  await link.failBoot(error)
}

/** HTTP workers end by themselves and close their lines, once what they had under way has arrived here. */
function supervisorLost(): void {
  listener?.close(() => process.exit(0))
  setTimeout(() => process.exit(0), listener === undefined ? 0 : LAST_FLUSH)
}

async function startTaskServer(boot: Boot<Config>, log: ProcessLog): Promise<void> {
  const lanes = Array.from({ length: boot.taskWorkers }, (_, number) =>
    makeLane(number, boot, log, (line) => tasks.connect(line)),
  )
  const tasks = new TaskServer({
    broker: new MemoryBroker(),
    lanes,
    log: log.logger,
    maxCrashes: MAX_CRASHES,
  })
  listener = await listen(boot.tasksSocket, tasks)
  await tasks.start()
  link.onOrder((order) => {
    if (order.type === 'stats?') void link.send({ type: 'stats', stats: tasks.stats() })
    if (order.type === 'drain') void leave(order, tasks, log)
  })
}

async function listen(path: string, tasks: TaskServer): Promise<NetServer> {
  // The predecessor cannot have removed its socket when it was killed; there is only one task server at a time.
  rmSync(path, { force: true })
  const listener = createServer((socket) => tasks.connect(new SocketChannel(socket, taskServerCodec)))
  const listening = Promise.withResolvers<void>()
  listener.once('error', listening.reject)
  listener.listen(path, listening.resolve)
  await listening.promise
  chmodSync(path, 0o600)
  return listener
}

type ThreadLine = PortChannel<FromTaskServer, ToTaskServer>

function makeLane(
  number: number,
  { config, generation, workers }: Boot<Config>,
  log: ProcessLog,
  connect: (line: ThreadLine) => void,
): ThreadLane {
  const workerId = workers + number
  let line: ThreadLine | undefined
  const onMessage = (message: FromThread, reply: (message: ToThread) => void): void => {
    switch (message.type) {
      case 'log':
        return log.writeLine(message.line)
      case 'ids?':
        return void link
          .requestIds(message.kind)
          .then((range) => reply({ type: 'ids', range, request: message.request }))
      case 'sender':
        if (line === undefined) {
          line = new PortChannel((sent) => reply({ type: 'sender', message: sent }))
          connect(line)
        }
        return line.receive(message.message)
      case 'progress':
        return
      default:
        return message satisfies never
    }
  }
  return new ThreadLane({
    number,
    bootTimeout: config.processes.bootTimeout,
    boot: async () => {
      const [block, reserve] = await Promise.all([link.requestIds('block'), link.requestIds('reserve')])
      return { config, lane: number, generation, workerId, ids: { block, reserve } }
    },
    onMessage,
    onThreadEnd: () => {
      line?.close()
      line = undefined
    },
    onTrouble: (error, message) => log.logger.error({ err: error, lane: number }, message),
  })
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
