/**
 * Process role: the supervisor, in the very process that `tsrv start` runs in. Takes lock and address, starts
 * the children, answers the control socket, obeys signals, and leaves nothing behind; or all of it to its successor.
 */
import { IdBlocks } from '../control/id-blocks.ts'
import { noteLogFile } from '../control/log-note.ts'
import { acquireLock, keepLock } from '../control/lock.ts'
import type { Health, ReloadReport, ReloadRequest } from '../control/protocol.ts'
import { openRunDirectory, type RunDirectory } from '../control/run-directory.ts'
import { ControlServer } from '../control/server.ts'
import { removeServerJson } from '../control/server-json.ts'
import { TsrvError } from '../errors.ts'
import { requireLogFile } from '../log/log-file.ts'
import { openProcessLog } from '../log/process-log.ts'
import { isGraceful, type StopOutcome } from '../supervisor/shutdown.ts'
import { storeCompiled } from '../util/compile-cache.ts'
import { type ProcessIdentity, startTimeOf } from '../util/process-identity.ts'
import type { LogPlace } from '../wire/messages.ts'
import { type Assembly, assemble } from './assembly.ts'
import { begin } from './beginning.ts'
import { becomeNewSupervisor } from './own-program.ts'
import { logOptions, logPlaceOf } from './process-setup.ts'
import { ReloadSignals } from './reload-signals.ts'
import { ScaleSignals } from './scale-signals.ts'
import type { ServerStart, Stopped } from './server-start.ts'
import type { StopSignals } from './stop-signals.ts'

/**
 * Runs the server until it is stopped. A restart does not return: this process goes on as another program.
 *
 * @returns exit status: 0 after a graceful stop; 1 after one that was forced, or had to cut something
 * @throws TsrvError TSRV_ALREADY_RUNNING, TSRV_PORT_IN_USE, TSRV_BOOT_FAILED …; nothing is left running then
 */
export async function runServer(start: ServerStart): Promise<number> {
  const end = await supervise(start)
  return typeof end === 'number' ? end : becomeNewSupervisor(end)
}

/** That another supervisor follows, with a stand-in that serves or alone. */
type Succession = 'relieved' | 'alone'

/** @returns exit status, or what follows */
async function supervise(start: ServerStart): Promise<number | Succession> {
  await using resources = new AsyncDisposableStack()
  // What a successor finds as it is.
  const estate = resources.use(new AsyncDisposableStack())
  const { paths, stops } = start
  const self = takeRunDirectory(paths, estate)
  const logPlace = takeLog(start)
  const ids = new IdBlocks(paths.idsFile)
  const beginning = await begin(start, ids, estate)
  const { config, first } = beginning
  process.title = `${config.name}: supervisor`
  const log = await openProcessLog(logOptions(config, 'supervisor', logPlace))
  resources.defer(() => log.close())
  const server = assemble(start, { beginning, self, ids, log, logPlace })
  const { recorder, supervisor, reloads, admin, watching } = server
  resources.use(server.systemd)
  resources.use(watching)
  resources.defer(async () => void (await supervisor.stop(true)))
  resources.use(admin)
  const answers = { health: () => healthOf(server), status: server.status }
  // A server that was there before the restart does not end because of it.
  await (start.isSuccessor === true ? admin.insist(answers) : admin.open(answers))
  await openControl(server, start, resources.use(new AsyncDisposableStack()))
  const { workers, taskWorkers } = first
  const ready = (): void => {
    const resumed = supervisor.tasks.resumed
    const files = watching && { watching: watching.size }
    start.onReady({ urls: recorder.urls, workers, taskWorkers, resumed, admin: admin.url, ...files }, log)
    watching?.begin(reloads, (news) => start.watch?.tell(news, log))
  }
  const end = await serve(server, stops, { ready, stopping: (reason) => start.onStopping(reason, log) })
  if (typeof end === 'string') {
    estate.move()
    return end
  }
  start.onStopped(end, log)
  return end.isGraceful ? 0 : 1
}

/** From here on the run directory is this server's alone. */
function takeRunDirectory(paths: RunDirectory, estate: AsyncDisposableStack): ProcessIdentity {
  const self = { pid: process.pid, startTime: startTimeOf(process.pid) ?? '' }
  openRunDirectory(paths)
  // By this very process, when it was another program.
  const lock = keepLock(paths.lock, self) ?? acquireLock(paths.lock, self)
  if ('heldBy' in lock) throw new TsrvError('ALREADY_RUNNING', { pid: lock.heldBy.pid, runDir: paths.dir })
  estate.use(lock)
  estate.defer(() => removeServerJson(paths.serverJson))
  return self
}

/** A file for the log has to be there before the server is; `tsrv logs` finds it also when the server is gone. */
function takeLog({ config, paths, logFile }: ServerStart): LogPlace | undefined {
  const place = logPlaceOf(config, logFile)
  if (place === undefined) return undefined
  requireLogFile(place.file)
  noteLogFile(paths, place.file)
  return place
}

/** Signals and the control socket. */
async function openControl(
  { supervisor, reloads, restarts, systemd, status }: Assembly,
  { paths, stops }: ServerStart,
  control: AsyncDisposableStack,
): Promise<void> {
  const reload = (request: ReloadRequest, by: string): Promise<ReloadReport> =>
    systemd.reload(() => reloads.request(request, by))
  control.use(new ReloadSignals((request, by) => void reload(request, by).catch(() => {})))
  control.use(new ScaleSignals((by) => void reloads.step(by)))
  const socket = control.use(new ControlServer())
  await socket.start(paths.controlSocket, {
    status,
    stop: ({ force = false }) => stops.request('tsrv stop', force),
    reload: (request) => reload(request, 'tsrv reload'),
    restart: () => restarts.request(),
    scale: (request) => reloads.scale(request),
    askTasks: (question) => supervisor.tasks.ask(question),
    work: (order, onNews) => supervisor.tasks.work(order, onNews),
    orderWork: (work, order) => supervisor.tasks.order(work, order),
  })
}

/** In a restart the stand-in serves. */
function healthOf({ supervisor, restarts }: Assembly): Health {
  const { health } = supervisor
  const isSucceeding = health.state === 'starting' && restarts.standIn !== undefined
  const isRelieved = isSucceeding || restarts.relief?.isStaying === true
  return isRelieved ? { state: 'restarting', http: 'serving' } : health
}

/** Starts, waits for a reason to end, ends. */
async function serve(
  { supervisor, restarts, systemd, watching }: Assembly,
  stops: StopSignals,
  on: { readonly ready: () => void; readonly stopping: (reason: string) => void },
): Promise<Stopped | Succession> {
  const handedOver = restarts.begun.then(() => {
    watching?.end()
    systemd.reloading('Restarting')
    return supervisor.stop()
  })
  let stoppingAt = 0
  const stopped = stops.first.then(async ({ reason, force }): Promise<StopOutcome> => {
    stoppingAt = performance.now()
    on.stopping(reason)
    systemd.stopping(`Stopping (${reason})`)
    restarts.abandon()
    void stops.forced.then(() => supervisor.stop(true))
    if (!restarts.isBegun) return await supervisor.stop(force)
    await restarts.becomeStop(force)
    return await handedOver
  })
  try {
    await supervisor.start()
    on.ready()
    systemd.ready()
    restarts.serves()
    setImmediate(storeCompiled)
  } catch (error) {
    // A start that was told to stop has not failed.
    if (!stops.isRequested) throw error
  }
  await Promise.race([stopped, handedOver])
  if (!stops.isRequested) {
    await systemd.said
    return await restarts.handOver()
  }
  const outcome = await stopped
  const { isForced } = stops
  const milliseconds = Math.round(performance.now() - stoppingAt)
  return { ...outcome, isForced, isGraceful: !isForced && isGraceful(outcome), milliseconds }
}
