/**
 * Process role: the supervisor, in the very process that `tsrv start` runs in. Takes lock and address, starts
 * the children, answers the control socket, obeys signals, and leaves nothing behind.
 */
import { rmSync } from 'node:fs'
import type { Config } from '../config/config.ts'
import { acquireLock } from '../control/lock.ts'
import type { RunDirectory } from '../control/run-directory.ts'
import { openRunDirectory } from '../control/run-directory.ts'
import { ControlServer } from '../control/server.ts'
import { type ChildRecord, writeServerJson } from '../control/server-json.ts'
import { TsrvError } from '../errors.ts'
import { openProcessLog, type ProcessLog } from '../log/process-log.ts'
import { IdBlocks } from '../supervisor/id-blocks.ts'
import { removeLeftovers } from '../supervisor/leftovers.ts'
import { Slots } from '../supervisor/slots.ts'
import { spawn } from '../supervisor/spawn.ts'
import { Supervisor } from '../supervisor/supervisor.ts'
import type { Place, WorkerHandle } from '../supervisor/worker-handle.ts'
import { availableCpus } from '../util/cpu-limit.ts'
import { startTimeOf } from '../util/process-identity.ts'
import { ownVersion } from '../util/version.ts'
import { logOptions } from './process-setup.ts'

export interface ServerStart {
  readonly config: Config
  readonly paths: RunDirectory
  readonly env: Readonly<Record<string, string | undefined>>
  /** Everything is ready. */
  readonly onReady: (server: ReadyServer, log: ProcessLog) => void
  readonly onStopping: (signal: string, log: ProcessLog) => void
}

export interface ReadyServer {
  readonly urls: readonly string[]
  readonly workers: number
  readonly taskWorkers: number
}

/**
 * Runs the server until it is stopped.
 *
 * @returns exit status: 0 after a graceful stop, 1 after a forced one
 * @throws TsrvError TSRV_ALREADY_RUNNING, TSRV_PORT_IN_USE, TSRV_BOOT_FAILED …; nothing is left running then
 */
export async function runServer(start: ServerStart): Promise<number> {
  await using resources = new AsyncDisposableStack()
  const { config, paths } = start
  const self = { pid: process.pid, startTime: startTimeOf(process.pid) ?? '' }
  const stops = new StopSignals()
  resources.defer(() => stops.forget())
  openRunDirectory(paths)
  const lock = acquireLock(paths.lock, self)
  if ('heldBy' in lock) throw new TsrvError('ALREADY_RUNNING', { pid: lock.heldBy.pid, runDir: paths.dir })
  resources.use(lock)
  process.title = `${config.name}: supervisor`
  await removeLeftovers(paths.serverJson, (pid) => process.kill(pid, 'SIGKILL'))
  const counts = { workers: countOf(config.workers), taskWorkers: countOf(config.taskWorkers) }
  const target = config.socket === undefined ? { host: config.host, port: config.port } : { path: config.socket }
  const slots = resources.use(await Slots.open(target, { count: counts.workers }))
  const urls = [urlOf(slots.address())]
  const log = await openProcessLog(logOptions(config, 'supervisor'))
  resources.defer(() => log.flush())
  const startedAt = new Date()
  const record = { version: ownVersion(), name: config.name, ...self, startedAt: startedAt.toISOString(), urls }
  const write = (workers: readonly WorkerHandle[]): void =>
    writeServerJson(paths.serverJson, {
      ...record,
      root: config.root,
      ...(config.file !== undefined && { configFile: config.file }),
      children: workers.flatMap(childRecord),
    })
  resources.defer(() => rmSync(paths.serverJson, { force: true }))

  const supervisor = new Supervisor({
    config,
    ...counts,
    ids: new IdBlocks(paths.idsFile),
    tasksSocket: paths.tasksSocket,
    log: log.logger,
    start: (place) => startChild(place, start, slots, counts.taskWorkers),
    onCrewChange: write,
  })
  resources.defer(() => supervisor.stop(true))
  const control = resources.use(new ControlServer())
  await control.start(paths.controlSocket, {
    status: async () => ({
      ...record,
      uptimeMs: Date.now() - startedAt.getTime(),
      ...(config.file !== undefined && { configFile: config.file }),
      ...(await supervisor.status()),
    }),
    stop: ({ force = false }) => stops.request('tsrv stop', force),
  })
  return await serve(supervisor, stops, () => start.onReady({ urls, ...counts }, log), (reason) => start.onStopping(reason, log))
}

/** Starts, waits for a reason to stop, stops. */
async function serve(
  supervisor: Supervisor,
  stops: StopSignals,
  onReady: () => void,
  onStopping: (reason: string) => void,
): Promise<number> {
  const stopping = stops.first.then((stop) => {
    onStopping(stop.reason)
    void stops.forced.then(() => supervisor.stop(true))
    return supervisor.stop(stop.force)
  })
  try {
    await supervisor.start()
    onReady()
  } catch (error) {
    if (!stops.isRequested) throw error
  }
  await stopping
  return stops.isForced ? 1 : 0
}

interface StopRequest {
  readonly reason: string
  readonly force: boolean
}

const STOP = ['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP'] as const
// Without a handler USR1 would open Node's inspector and USR2 would end the process.
const HARMLESS = ['SIGUSR1', 'SIGUSR2'] as const

/** Reasons to stop: the first one is graceful, a second one forces. */
class StopSignals {
  readonly #first = Promise.withResolvers<StopRequest>()
  readonly #forced = Promise.withResolvers<void>()
  readonly #onSignal = (signal: NodeJS.Signals): void => this.request(signal, false)
  readonly #onHarmless = (): void => {}
  isRequested = false
  isForced = false

  constructor() {
    for (const signal of HARMLESS) process.on(signal, this.#onHarmless)
    for (const signal of STOP) process.on(signal, this.#onSignal)
  }

  get first(): Promise<StopRequest> {
    return this.#first.promise
  }

  get forced(): Promise<void> {
    return this.#forced.promise
  }

  request(reason: string, force: boolean): void {
    if (this.isRequested || force) {
      this.isForced = true
      this.#forced.resolve()
    }
    this.isRequested = true
    this.#first.resolve({ reason, force })
  }

  forget(): void {
    for (const signal of HARMLESS) process.off(signal, this.#onHarmless)
    for (const signal of STOP) process.off(signal, this.#onSignal)
  }
}

function startChild({ role, slot }: Place, { config, paths, env }: ServerStart, slots: Slots, taskWorkers: number) {
  const isHttp = role === 'http-worker'
  return spawn(role, {
    env: {
      ...env,
      NODE_COMPILE_CACHE: paths.cacheDir,
      // All threads of a process share libuv's pool: with the default of 4, four busy tasks stall every file read.
      ...(!isHttp && { UV_THREADPOOL_SIZE: env['UV_THREADPOOL_SIZE'] ?? String(Math.max(8, 4 + 2 * taskWorkers)) }),
    },
    execArgv: config.processes.execArgv,
    ...(isHttp && { fd: slots.fd(slot) }),
  })
}

function childRecord({ role, slot, pid, startTime }: WorkerHandle): ChildRecord[] {
  if (startTime === undefined) return []
  return [{ role: role === 'http-worker' ? 'http' : 'tasks', slot, pid, startTime }]
}

function countOf(wanted: number | 'auto'): number {
  return wanted === 'auto' ? availableCpus() : wanted
}

function urlOf(address: ReturnType<Slots['address']>): string {
  if (typeof address === 'string') return `unix:${address}`
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address
  return `http://${host}:${address.port}`
}
