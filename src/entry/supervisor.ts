/**
 * Process role: the supervisor, in the very process that `tsrv start` runs in. Takes lock and address, starts
 * the children, answers the control socket, obeys signals, and leaves nothing behind.
 */
import type { ChildProcess } from 'node:child_process'
import path from 'node:path'
import type { Config } from '../config/config.ts'
import type { LoadedConfig } from '../config/load.ts'
import type { Status } from '../control/protocol.ts'
import { acquireLock } from '../control/lock.ts'
import { openRunDirectory, type RunDirectory } from '../control/run-directory.ts'
import { ControlServer } from '../control/server.ts'
import { removeServerJson, writeServerJson } from '../control/server-json.ts'
import { TsrvError } from '../errors.ts'
import { openProcessLog, type ProcessLog } from '../log/process-log.ts'
import { IdBlocks } from '../control/id-blocks.ts'
import { removeLeftovers } from '../supervisor/leftovers.ts'
import type { Launch } from '../supervisor/launch.ts'
import { NoteFiles } from '../supervisor/note-files.ts'
import { isGraceful, type StopOutcome } from '../supervisor/shutdown.ts'
import { Slots } from '../supervisor/slots.ts'
import { Supervisor } from '../supervisor/supervisor.ts'
import type { Watch } from '../supervisor/watch/watch.ts'
import type { Place } from '../supervisor/worker-handle.ts'
import { storeCompiled } from '../util/compile-cache.ts'
import { type ProcessIdentity, startTimeOf } from '../util/process-identity.ts'
import { AdminListener } from './admin-listener.ts'
import { logOptions } from './process-setup.ts'
import { ReloadSignals } from './reload-signals.ts'
import { type CountsRequest, launchOf, Reloads } from './reloads.ts'
import { ScaleSignals } from './scale-signals.ts'
import { ServerRecorder } from './server-recorder.ts'
import { startChild } from './start-child.ts'
import type { StopSignals } from './stop-signals.ts'
import { WatchMode } from './watch-mode.ts'
import type { WatchNews } from './watched-reloads.ts'

export interface ServerStart {
  readonly config: Config
  /** Listens already, because a start may be stopped before it gets here. */
  readonly stops: StopSignals
  readonly paths: RunDirectory
  readonly env: Readonly<Record<string, string | undefined>>
  /** Where the log goes when it is a file of the run directory. */
  readonly logFile?: string
  /** Loads the configuration again, as a reload wants it. */
  readonly load: (counts: CountsRequest) => Promise<LoadedConfig>
  /** Reloads when one of these files changes. */
  readonly watch?: { readonly files: Watch; readonly tell: (news: WatchNews, log: ProcessLog) => void }
  /** Everything is ready. */
  readonly onReady: (server: ReadyServer, log: ProcessLog) => void
  readonly onStopping: (reason: string, log: ProcessLog) => void
  /** All processes are gone. */
  readonly onStopped: (stopped: Stopped, log: ProcessLog) => void
}

export interface Stopped extends StopOutcome {
  /** Nobody forced it, and nothing was cut. */
  readonly isGraceful: boolean
  readonly isForced: boolean
  readonly milliseconds: number
}

export interface ReadyServer {
  readonly urls: readonly string[]
  readonly workers: number
  readonly taskWorkers: number
  /** Tasks that an earlier server left to this one. */
  readonly resumed: number
  /** Where the admin listener answers, if there is one. */
  readonly admin: string | undefined
  /** Number of files that are watched; absent when none are. */
  readonly watching?: number
}

/**
 * Runs the server until it is stopped.
 *
 * @returns exit status: 0 after a graceful stop; 1 after one that was forced, or had to cut something
 * @throws TsrvError TSRV_ALREADY_RUNNING, TSRV_PORT_IN_USE, TSRV_BOOT_FAILED …; nothing is left running then
 */
export async function runServer(start: ServerStart): Promise<number> {
  await using resources = new AsyncDisposableStack()
  const { config, paths, stops, watch } = start
  process.title = `${config.name}: supervisor`
  const self = { pid: process.pid, startTime: startTimeOf(process.pid) ?? '' }
  await takeRunDirectory(paths, self, resources)

  const first = launchOf(config, start.env, 1)
  const target = config.socket === undefined ? config : { path: path.resolve(config.root, config.socket) }
  const slots = resources.use(await Slots.open(target, { count: first.workers }))
  const log = await openProcessLog(logOptions(config, 'supervisor'))
  resources.defer(() => log.flush())
  const around = { paths, slots, notes: new NoteFiles() }
  const recorder = new ServerRecorder({ ...start, self, address: slots.address() })
  const startNew = (place: Place, launch: Launch): ChildProcess => startChild(place, launch, around)
  const watching =
    watch && resources.use(new WatchMode({ ...watch, slots, start: startNew, signal: stops.signal }))
  const supervisor = new Supervisor({
    launch: first,
    ids: new IdBlocks(paths.idsFile),
    tasksSocket: paths.tasksSocket,
    // Another run directory stands in for one that cannot be written: what is kept there would not be found again.
    ...(paths.standsFor === undefined && { tasksFile: paths.tasksFile }),
    ...(watch !== undefined && { watch: true }),
    log: log.logger,
    start: (place, launch) => watching?.start(place, launch) ?? startNew(place, launch),
    onResize: (workers) => resize(slots, workers),
    orphans: (isServed) => slots.orphans(isServed),
    requestsOf: ({ pid }) => around.notes.read(pid),
    onDrain: () => slots.close(),
    onCrewChange: (workers) => writeServerJson(paths.serverJson, recorder.record(workers)),
  })
  resources.defer(async () => void (await supervisor.stop(true)))
  const reloads = new Reloads({ supervisor, first, load: start.load, env: start.env, log: log.logger })
  resources.use(new ReloadSignals((request, by) => void reloads.request(request, by).catch(() => {})))
  resources.use(new ScaleSignals((by) => void reloads.step(by)))
  const status = async (): Promise<Status> =>
    recorder.status(await supervisor.status(), { lastReload: reloads.last, admin: admin.url })
  const admin = resources.use(new AdminListener(config))
  await admin.open({ health: () => supervisor.health, status })
  const control = resources.use(new ControlServer())
  await control.start(paths.controlSocket, {
    status,
    stop: ({ force = false }) => stops.request('tsrv stop', force),
    reload: (request) => reloads.request(request, 'tsrv reload'),
    scale: (request) => reloads.scale(request),
    askTasks: (question) => supervisor.tasks.ask(question),
    work: (order, onNews) => supervisor.tasks.work(order, onNews),
    orderWork: (work, order) => supervisor.tasks.order(work, order),
  })
  const { workers, taskWorkers } = first
  const onReady = (): void => {
    const ready = { urls: recorder.urls, workers, taskWorkers, resumed: supervisor.tasks.resumed }
    const files = watching && { watching: watching.size }
    start.onReady({ ...ready, admin: admin.url, ...files }, log)
    watching?.begin(reloads, (news) => watch?.tell(news, log))
  }
  const onStopping = (reason: string): void => start.onStopping(reason, log)
  const stopped = await serve(supervisor, stops, { onReady, onStopping })
  start.onStopped(stopped, log)
  return stopped.isGraceful ? 0 : 1
}

/** From here on the run directory is this server's alone. */
async function takeRunDirectory(
  paths: RunDirectory,
  self: ProcessIdentity,
  resources: AsyncDisposableStack,
): Promise<void> {
  openRunDirectory(paths)
  const lock = acquireLock(paths.lock, self)
  if ('heldBy' in lock) throw new TsrvError('ALREADY_RUNNING', { pid: lock.heldBy.pid, runDir: paths.dir })
  resources.use(lock)
  // Before the address is checked: their sockets would make it look taken.
  await removeLeftovers(paths.serverJson, (pid, signal) => process.kill(pid, signal))
  resources.defer(() => removeServerJson(paths.serverJson))
}

/** Starts, waits for a reason to stop, stops. */
async function serve(
  supervisor: Supervisor,
  stops: StopSignals,
  { onReady, onStopping }: { onReady: () => void; onStopping: (reason: string) => void },
): Promise<Stopped> {
  let stoppingAt = 0
  const stopping = stops.first.then(({ reason, force }) => {
    stoppingAt = performance.now()
    onStopping(reason)
    void stops.forced.then(() => supervisor.stop(true))
    return supervisor.stop(force)
  })
  try {
    await supervisor.start()
    onReady()
    setImmediate(storeCompiled)
  } catch (error) {
    // A start that was told to stop has not failed.
    if (!stops.isRequested) throw error
  }
  const outcome = await stopping
  const { isForced } = stops
  const milliseconds = Math.round(performance.now() - stoppingAt)
  return { ...outcome, isForced, isGraceful: !isForced && isGraceful(outcome), milliseconds }
}

function resize(slots: Slots, workers: number): void {
  if (workers > slots.size) slots.grow(workers - slots.size)
  else if (workers < slots.size) slots.shrink(slots.size - workers)
}
