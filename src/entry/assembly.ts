/** The parts of a server around its supervisor, made and connected; nothing has begun yet. */
import type { ChildProcess } from 'node:child_process'
import type { IdBlocks } from '../control/id-blocks.ts'
import type { Status } from '../control/protocol.ts'
import { writeServerJson } from '../control/server-json.ts'
import type { ProcessLog } from '../log/process-log.ts'
import type { Launch } from '../supervisor/launch.ts'
import { NoteFiles } from '../supervisor/note-files.ts'
import { StandInHandle } from '../supervisor/stand-in-handle.ts'
import { Supervisor } from '../supervisor/supervisor.ts'
import type { Place, WorkerHandle } from '../supervisor/worker-handle.ts'
import type { ProcessIdentity } from '../util/process-identity.ts'
import type { LogPlace } from '../wire/messages.ts'
import { AdminListener } from './admin-listener.ts'
import type { Beginning } from './beginning.ts'
import { Reloads } from './reloads.ts'
import { Restarts } from './restarts.ts'
import type { ServerStart } from './server-start.ts'
import { ServerRecorder } from './server-recorder.ts'
import { openStandIn } from './stand-in-line.ts'
import { httpWorkerOptions, startChild } from './start-child.ts'
import { Systemd } from './systemd.ts'
import { WatchMode } from './watch-mode.ts'

export interface Basis {
  readonly beginning: Beginning
  readonly self: ProcessIdentity
  readonly ids: IdBlocks
  readonly log: ProcessLog
  readonly logPlace: LogPlace | undefined
}

export interface Assembly {
  readonly recorder: ServerRecorder
  readonly supervisor: Supervisor
  readonly reloads: Reloads
  readonly restarts: Restarts
  readonly systemd: Systemd
  readonly admin: AdminListener
  readonly watching: WatchMode | undefined
  readonly status: () => Promise<Status>
}

export function assemble(start: ServerStart, basis: Basis): Assembly {
  const { beginning, self, ids, logPlace } = basis
  const { logger: log } = basis.log
  const { config, first, counts, addresses, elder, hasMoved } = beginning
  const { paths, env, load } = start
  const now = (): number => performance.now()
  const recorder = new ServerRecorder({
    config,
    self,
    ...(logPlace !== undefined && { logFile: logPlace.file }),
    addresses: () => addresses.all,
    now,
    isSecure: () => supervisor.launch.config.http.tls !== undefined,
  })
  let crew: readonly WorkerHandle[] = []
  const record = (): void => {
    addresses.settle(crew)
    writeServerJson(paths.serverJson, recorder.record(crew, restarts.standIn?.processes))
  }
  const { startPlace, requestsOf, watching } = childrenOf(start, basis)
  const supervisor = new Supervisor({
    launch: first,
    ids,
    tasksSocket: paths.tasksSocket,
    // Another run directory stands in for one that cannot be written: what is kept there would not be found again.
    ...(paths.standsFor === undefined && { tasksFile: paths.tasksFile }),
    ...(watching !== undefined && { watch: true }),
    socketPath: (generation) => addresses.socketPath(generation),
    logPlace,
    log,
    now,
    start: startPlace,
    requestsOf,
    onResize: (workers) => addresses.resize(workers),
    orphans: (worker, isServed) => addresses.orphans(worker, isServed),
    onDrain: () => addresses[Symbol.dispose](),
    leavesSockets: addresses.isActivated,
    relief: () => restarts.relief,
    onCrewChange: (workers) => {
      crew = workers
      record()
    },
  })
  const onMoved = (): void => {
    watching?.dropSpares()
    record()
    supervisor.reconcile()
  }
  const served = { urls: () => recorder.urls, onMoved }
  const reloads = new Reloads({ supervisor, addresses, first, counts, load, env, log, ...served })
  const open = (sockets: readonly number[]): StandInHandle => standInOf(basis, sockets)
  const admin = new AdminListener({ config, log })
  const left = { addresses, adminPort: () => admin.port ?? null, elder, hasMoved }
  const restarts = new Restarts({ supervisor, reloads, ...left, open, log, onChange: record })
  const systemd = new Systemd({ env, log, status: () => statusLine(supervisor.launch, recorder.urls) })
  const status = async (): Promise<Status> => {
    const more = { lastReload: reloads.last, admin, isRestarting: restarts.isBegun }
    return recorder.status(await supervisor.status(), more)
  }
  return { recorder, supervisor, reloads, restarts, systemd, admin, watching, status }
}

function standInOf({ log, ids }: Basis, sockets: readonly number[]): StandInHandle {
  const line = openStandIn(sockets, log.output())
  return new StandInHandle({ line, ids, kill: (pid) => process.kill(pid, 'SIGKILL') })
}

interface Children {
  readonly startPlace: (place: Place, launch: Launch) => ChildProcess
  readonly requestsOf: (worker: Pick<WorkerHandle, 'pid'>) => ReturnType<NoteFiles['read']>
  readonly watching: WatchMode | undefined
}

function childrenOf({ paths, watch, stops: { signal } }: ServerStart, basis: Basis): Children {
  const { addresses } = basis.beginning
  const { log } = basis
  const notes = new NoteFiles()
  const start = (place: Place, launch: Launch): ChildProcess =>
    startChild(place, launch, { paths, notes, log, slots: addresses.of(launch.generation) })
  const fd = (slot: number, { generation }: Launch): number => addresses.of(generation).fd(slot)
  const watching = watch && new WatchMode({ ...watch, fd, execArgv: httpWorkerOptions, start, signal })
  return {
    startPlace: (place, launch) => watching?.start(place, launch) ?? start(place, launch),
    requestsOf: ({ pid }) => notes.read(pid),
    watching,
  }
}

function statusLine({ workers, taskWorkers }: Launch, urls: readonly string[]): string {
  return `HTTP workers: ${workers}, task workers: ${taskWorkers}, ${urls.join(' ')}`
}
