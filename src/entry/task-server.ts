/** Process role: the task server. Owns queue and lanes; its main thread runs no user code. */
import { chmodSync, rmSync } from 'node:fs'
import { createServer, type Server as NetServer } from 'node:net'
import type { Config } from '../config/config.ts'
import { openProcessLog, type ProcessLog } from '../log/process-log.ts'
import { ThreadLane } from '../tasks/lanes/thread-lane.ts'
import { threadPeer } from '../tasks/lanes/thread-peer.ts'
import { openTaskStore, type TaskStore } from '../tasks/task-server/open-task-store.ts'
import { QueueOffice } from '../tasks/office/queue-office.ts'
import { Schedules } from '../tasks/schedules/schedules.ts'
import { spillFolder } from '../tasks/sender/spill.ts'
import { TaskOffice } from '../tasks/office/task-office.ts'
import { TaskServer } from '../tasks/task-server/task-server.ts'
import { WorkDesk } from '../tasks/office/work-desk.ts'
import { storeCompiled } from '../util/compile-cache.ts'
import { errorToWire } from '../wire/error-report.ts'
import type { Loaded } from '../wire/loaded.ts'
import type { Boot, ToChild } from '../wire/messages.ts'
import { NOTHING_OPEN } from '../wire/open-work.ts'
import { SocketChannel } from '../wire/socket-channel.ts'
import { taskServerCodec } from '../wire/task-codec.ts'
import { startHeartbeat } from './heartbeat.ts'
import { ownIds } from './own-ids.ts'
import { endOnUncaught, logOptions } from './process-setup.ts'
import { SupervisorLink } from './supervisor-link.ts'

/** Milliseconds for tasks already under way to arrive when the supervisor has died. */
const LAST_FLUSH = 1000

interface Parts {
  readonly tasks: TaskServer
  readonly store: TaskStore
  readonly schedules: Schedules
  readonly listener: NetServer
}

let parts: Parts | undefined
/** Aborts when nothing more is to be finished. */
let leaving: AbortController | undefined
const link = new SupervisorLink(() => void supervisorLost())
/** What threads are booted with: the latest reload decides. */
let boot = await link.boot
process.title = `${boot.config.name}: tasks`
try {
  const log = await openProcessLog(logOptions(boot.config, 'tasks', boot.logPlace))
  endOnUncaught(log, link)
  const resumed = await startTaskServer(log)
  storeCompiled()
  startHeartbeat(link)
  await link.send({ type: 'ready', resumed })
} catch (error) {
  await link.failBoot(error)
}

/** HTTP workers end by themselves and close their lines, once what they had under way has arrived here. */
async function supervisorLost(): Promise<never> {
  if (parts !== undefined) {
    const { listener } = parts
    const allGone = new Promise<void>((resolve) => listener.close(() => resolve()))
    const late = new Promise<void>((resolve) => setTimeout(resolve, LAST_FLUSH))
    await Promise.race([allGone, late])
    await close(parts)
  }
  process.exit(0)
}

/** @returns how many tasks an earlier task server left */
async function startTaskServer(log: ProcessLog): Promise<number> {
  const onTrouble = (message: string): void => log.logger.warn(message)
  const store = await openTaskStore({ ...boot.config.tasks, file: boot.tasksFile, onTrouble })
  void store.lost.then((reason) => {
    log.logger.fatal({ err: reason }, 'The task server ends because its store does')
    log.flush()
    process.exit(1)
  })
  const make = (number: number): ThreadLane => makeLane(number, log, tasks)
  const tasks: TaskServer = new TaskServer({
    broker: store.broker,
    taskLog: store.taskLog,
    keep: boot.config.tasks.keep,
    rules: () => boot.config.tasks,
    queues: () => boot.config.tasks,
    log: log.logger,
    ...(store.broker.capabilities.durable &&
      boot.tasksFile !== undefined && { spilled: spillFolder(boot.tasksFile) }),
  })
  const resumed = await tasks.resume()
  const listener = await listen(boot.tasksSocket, tasks)
  const nextId = ownIds(() => link.requestIds('block'))
  const routes = (): Config['tasks'] => boot.config.tasks
  const schedules = new Schedules({ store: store.schedules, tasks, nextId, routes, log: log.logger })
  parts = { tasks, store, schedules, listener }
  await tasks.setLanes(boot.taskWorkers, make)
  const queues = new QueueOffice({ broker: store.broker, tasks, terms: routes })
  await schedules.set(boot.config.schedules)
  const office = new TaskOffice({ tasks, taskLog: store.taskLog, queues, routes, nextId })
  const works = new WorkDesk({
    tasks,
    queues,
    make,
    tell: (work, news) => void link.send({ type: 'work', work, news }),
  })
  link.onOrder((order) => {
    if (order.type === 'stats?') void tasks.stats().then((stats) => link.send({ type: 'stats', stats }))
    if (order.type === 'ask') void answer(order, office)
    if (order.type === 'work') works.obey(order.work, order.order)
    if (order.type === 'drain') void leave(order, { tasks, store, schedules, listener }, log)
    if (order.type === 'resize') void resize(order.taskWorkers, tasks, make)
    if (order.type === 'reload') void reload(order.boot, { tasks, schedules }, make)
  })
  return resumed
}

async function answer({ request, question }: ToChild & { type: 'ask' }, office: TaskOffice): Promise<void> {
  try {
    await link.send({ type: 'answer', request, answer: await office.answer(question) })
  } catch (error) {
    await link.send({ type: 'answer', request, error: errorToWire(error) })
  }
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
  const takeIds = link.requestIds.bind(link)
  const connect = tasks.connect.bind(tasks)
  const onLoaded = (loaded: Loaded): void => void link.send(loaded)
  return new ThreadLane({
    number,
    bootTimeout: boot.config.processes.bootTimeout,
    lanes: () => boot.taskWorkers,
    env: () => ({ ...boot.env, NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] }),
    boot: async () => {
      const [block, reserve] = await Promise.all([link.requestIds('block'), link.requestIds('reserve')])
      const { config, generation, workers, tasksSocket, watch } = boot
      return {
        config,
        lane: number,
        generation,
        workers,
        workerId: workers + number,
        ids: { block, reserve },
        tasksSocket,
        ...(watch === true && { watch }),
      }
    },
    attach: (post) => threadPeer({ log, takeIds, connect, onLoaded }, post),
    onTrouble: (error, message) => log.logger.error({ err: error, lane: number }, message),
  })
}

/** A boot that fails leaves the old code in its lanes, and the old config for threads that have to be replaced. */
async function reload(
  next: Boot<Config>,
  { tasks, schedules }: Pick<Parts, 'tasks' | 'schedules'>,
  make: (number: number) => ThreadLane,
): Promise<void> {
  const before = boot
  boot = next
  try {
    await schedules.set(next.config.schedules)
    await tasks.setLanes(next.taskWorkers, make, next.watch)
    await link.send({ type: 'reloaded' })
  } catch (error) {
    boot = before
    await schedules.set(before.config.schedules)
    await link.send({ type: 'reload-failed', error: errorToWire(error) })
  }
}

/** Before the threads start, because their share of the memory depends on it. */
async function resize(
  taskWorkers: number,
  tasks: TaskServer,
  make: (number: number) => ThreadLane,
): Promise<void> {
  const before = boot
  boot = { ...boot, taskWorkers }
  try {
    await tasks.resizeLanes(taskWorkers, make)
    await link.send({ type: 'reloaded' })
  } catch (error) {
    boot = before
    await link.send({ type: 'reload-failed', error: errorToWire(error) })
  }
}

async function leave(
  { within, handsOver }: ToChild & { type: 'drain' },
  { tasks, store, schedules, listener }: Parts,
  log: ProcessLog,
): Promise<void> {
  // A stop that has begun is forced.
  if (leaving !== undefined) return leaving.abort()
  leaving = new AbortController()
  const deadline = AbortSignal.any([leaving.signal, AbortSignal.timeout(within)])
  schedules.stop()
  const { queued, running } = await tasks.stats()
  if (queued + running > 0) log.logger.info({ queued, running }, 'Finishing tasks before the stop')
  const left = await tasks.drain(deadline, handsOver)
  const { durable } = store.broker.capabilities
  if (left > 0 && durable) log.logger.info({ left }, `${left} tasks wait for the next start`)
  if (left > 0 && !durable) {
    log.logger.error({ left }, `${left} tasks were lost: the memory broker keeps nothing over a stop`)
    await link.send({ type: 'cut', cut: { ...NOTHING_OPEN, tasks: left } })
  }
  await close({ tasks, store, schedules, listener })
  process.exit(0)
}

/** What runs is given back, so that it does not count as a crash. */
async function close({ tasks, store, schedules, listener }: Parts): Promise<void> {
  listener.close()
  schedules.stop()
  await tasks.stop()
  await store.close()
}
