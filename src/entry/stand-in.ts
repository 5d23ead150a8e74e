/**
 * Process role: the stand-in of a restart. Loads the configuration and the app of the new code, serves on the sockets
 * of the server while its supervisor is replaced, hands the sockets to the new one, and leaves when told to.
 */
import type { SendHandle } from 'node:child_process'
import type { Config } from '../config/config.ts'
import type { LoadedConfig } from '../config/load.ts'
import type { RunDirectory } from '../control/run-directory.ts'
import { TsrvError } from '../errors.ts'
import { requireLogFile } from '../log/log-file.ts'
import { openProcessLog } from '../log/process-log.ts'
import { targetText } from '../supervisor/addresses.ts'
import { boundFrom, type SocketHandle } from '../supervisor/bind.ts'
import { NoteFiles } from '../supervisor/note-files.ts'
import { Slots } from '../supervisor/slots.ts'
import { StandIn } from '../supervisor/stand-in.ts'
import { startTimeOf } from '../util/process-identity.ts'
import { errorToWire } from '../wire/error-report.ts'
import type { IdRange, IdRangeKind } from '../wire/messages.ts'
import {
  FIRST_SOCKET,
  type FromStandIn,
  type Legacy,
  STAND_IN_PROTOCOL,
  type StandInProcess,
  type ToStandIn,
} from '../wire/stand-in.ts'
import { requireAdminAddress } from './admin-listener.ts'
import { ignoreSignals } from './child-signals.ts'
import { listenTargetOf } from './listen-target.ts'
import { endOnUncaught, logOptions, logPlaceOf } from './process-setup.ts'
import { type CountsRequest, launchOf } from './reloads.ts'
import { startChild } from './start-child.ts'

export interface StandInStart {
  readonly paths: RunDirectory
  /** As of a server. */
  readonly logFile?: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly load: (counts: CountsRequest) => Promise<LoadedConfig>
}

type Order<Type extends ToStandIn['type']> = ToStandIn & { type: Type }

/** Serves until it is told to leave, or the supervisor is gone. */
export async function runStandIn(start: StandInStart): Promise<void> {
  ignoreSignals()
  // Its workers notice, and bring the tasks that they have accepted to safety.
  process.once('disconnect', () => process.exit(1))
  const line = new SupervisorLine()
  void line.send({ type: 'begun', processes: ownProcess() })
  try {
    const { type: _, protocol, ...legacy } = await line.first('stand-in')
    if (protocol !== STAND_IN_PROTOCOL)
      throw new TsrvError('RESTART_FAILED', { reason: 'the two versions of tsrv cannot hand over' })
    await serve(line, legacy, start)
  } catch (error) {
    await line.send({ type: 'failed', error: errorToWire(error) })
    process.exit(1)
  }
}

async function serve(
  line: SupervisorLine,
  legacy: Legacy,
  { paths, env, load, logFile }: StandInStart,
): Promise<void> {
  const { config } = await load(legacy.counts)
  process.title = `${config.name}: stand-in`
  const logPlace = logPlaceOf(config, logFile)
  if (logPlace !== undefined) requireLogFile(logPlace.file)
  const log = await openProcessLog(logOptions(config, 'stand-in', logPlace))
  endOnUncaught(log)
  const slots = slotsOf(legacy)
  await requireAddress(config, legacy, slots)
  await requireAdminAddress(config, legacy.adminPort)
  const wanted = launchOf(config, env, legacy.generation + 1)
  // What is more than there are sockets comes with the successor.
  const launch = { ...wanted, workers: Math.min(wanted.workers, slots.size) }
  const { handles } = slots
  slots.shrink(slots.size - launch.workers)
  const notes = new NoteFiles()
  const standIn = new StandIn({
    launch,
    surroundings: {
      tasksSocket: paths.tasksSocket,
      logPlace,
      socketPath: () => legacy.paths[0] ?? undefined,
      ...(paths.standsFor === undefined && { tasksFile: paths.tasksFile }),
    },
    start: (place) => startChild(place, launch, { paths, slots, notes, log }),
    orphans: ({ slot }, isServed) => {
      const orphans = slots.orphans((at) => at === slot || isServed(at, launch.generation))
      return [...orphans].map(([at, socket]) => ({ socket, key: `${at}` }))
    },
    requestsOf: ({ pid }) => notes.read(pid),
    takeIds: (kind) => line.takeIds(kind),
    log: log.logger,
    now: () => performance.now(),
  })
  await standIn.stand()
  const ownProcesses = (): StandInProcess[] => [...ownProcess(), ...standIn.processes]
  await line.send({ type: 'standing', processes: ownProcesses() })
  const leave = line.first('leave')
  await Promise.race([leave, handOver(line, legacy, { processes: ownProcesses, handles })])
  const { type: _, ...terms } = await leave
  // Or connections would wait for workers that are no more.
  slots.close()
  await standIn.leave(terms)
  log.flush()
  process.exit(0)
}

/** A successor that cannot have its new address would be the end of the server. */
async function requireAddress(
  config: Config,
  { target, isActivated }: Legacy,
  besides: Slots,
): Promise<void> {
  const wanted = listenTargetOf(config)
  if (isActivated || targetText(wanted) === target) return
  const slots = await Slots.open(wanted, { count: 1, besides })
  slots.close()
}

interface HandOver {
  readonly processes: () => readonly StandInProcess[]
  readonly handles: readonly SocketHandle[]
}

/** Falls silent when told so, and gives the sockets to the next one that speaks. */
async function handOver(
  line: SupervisorLine,
  legacy: Legacy,
  { processes, handles }: HandOver,
): Promise<void> {
  await line.first('hush')
  await line.hush()
  await line.first('successor')
  await line.send({ type: 'legacy', ...legacy, processes: processes() })
  for (const handle of handles) await line.send({ type: 'socket' }, handle)
  line.speak()
}

function slotsOf({ paths, slots, mode }: Legacy): Slots {
  const sockets = paths.map((path, index) => boundFrom(FIRST_SOCKET + index, path ?? undefined))
  return Slots.inherit({ mode, sockets, count: slots, owned: false })
}

function ownProcess(): StandInProcess[] {
  const startTime = startTimeOf(process.pid)
  return startTime === undefined ? [] : [{ role: 'stand-in', slot: 0, pid: process.pid, startTime }]
}

/** Its end of the channel: orders can be awaited before they come or after. */
class SupervisorLine {
  readonly #orders = new Map<ToStandIn['type'], PromiseWithResolvers<ToStandIn>>()
  readonly #ids = new Map<number, (range: IdRange) => void>()
  #requests = 0
  /** Questions that are kept while nobody is there to hear them. */
  #held: FromStandIn[] | undefined

  constructor() {
    process.on('message', (order: ToStandIn) => this.#receive(order))
  }

  first<Type extends ToStandIn['type']>(type: Type): Promise<Order<Type>> {
    return this.#order(type).promise as Promise<Order<Type>>
  }

  takeIds(kind: IdRangeKind): Promise<IdRange> {
    const request = this.#requests++
    const range = Promise.withResolvers<IdRange>()
    this.#ids.set(request, range.resolve)
    const question: FromStandIn = { type: 'ids?', request, kind }
    if (this.#held === undefined) void this.send(question)
    else this.#held.push(question)
    return range.promise
  }

  /** Resolves when the message is out; node takes its own handles as well, whatever the types say. */
  async send(message: FromStandIn, handle?: SocketHandle): Promise<void> {
    if (!process.connected) return
    await new Promise<void>((resolve) => {
      process.send?.(message, handle as unknown as SendHandle, { keepOpen: true }, () => resolve())
    })
  }

  async hush(): Promise<void> {
    this.#held = []
    await this.send({ type: 'hushed' })
  }

  speak(): void {
    const held = this.#held ?? []
    this.#held = undefined
    for (const question of held) void this.send(question)
  }

  #receive(order: ToStandIn): void {
    if (order.type !== 'ids') return this.#order(order.type).resolve(order)
    this.#ids.get(order.request)?.(order.range)
    this.#ids.delete(order.request)
  }

  #order(type: ToStandIn['type']): PromiseWithResolvers<ToStandIn> {
    const order = this.#orders.get(type) ?? Promise.withResolvers<ToStandIn>()
    this.#orders.set(type, order)
    return order
  }
}
