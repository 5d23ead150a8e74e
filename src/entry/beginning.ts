/**
 * What a supervisor begins with: the configuration and an address that it opens, or what the supervisor has left that
 * this process was before.
 */
import type { Config } from '../config/config.ts'
import type { IdBlocks } from '../control/id-blocks.ts'
import { activatedSockets } from '../supervisor/activation.ts'
import { Addresses, targetText } from '../supervisor/addresses.ts'
import { boundFromHandle } from '../supervisor/bind.ts'
import type { Launch } from '../supervisor/launch.ts'
import { removeLeftovers } from '../supervisor/leftovers.ts'
import { Slots } from '../supervisor/slots.ts'
import { type Inherited, StandInHandle } from '../supervisor/stand-in-handle.ts'
import { listenTargetOf } from './listen-target.ts'
import { type CountsRequest, launchOf } from './reloads.ts'
import { inheritedLine } from './stand-in-line.ts'
import type { ServerStart } from './server-start.ts'

export interface Beginning {
  readonly config: Config
  readonly first: Launch
  /** Counts that were asked for earlier, and hold besides the configuration. */
  readonly counts: CountsRequest
  readonly addresses: Addresses
  /** Serves until this supervisor can. */
  readonly elder: StandInHandle | undefined
  /** It serves an address that is not this supervisor's any more. */
  readonly hasMoved: boolean
}

/** @param resources gets what has to end with this supervisor */
export async function begin(
  start: ServerStart,
  ids: IdBlocks,
  resources: AsyncDisposableStack,
): Promise<Beginning> {
  const elder = start.isSuccessor === true ? standInOn(ids) : undefined
  if (elder !== undefined) resources.defer(() => elder.dismiss())
  const inherited = await elder?.takeOver().catch(() => undefined)
  // Before the address is checked: their sockets would make it look taken. A stand-in that has just died left such, too.
  if (inherited === undefined) await removeLeftovers(start.paths.serverJson, kill)
  const { counts = {}, generation = 0 } = inherited?.legacy ?? {}
  const isCounted = Object.keys(counts).length > 0
  const { config } = isCounted ? await start.load(counts) : start
  const first = launchOf(config, start.env, generation + 1)
  const { addresses, hasMoved } = await openAddresses(first, start, inherited)
  resources.use(addresses)
  return { config, first, counts, addresses, elder: inherited && elder, hasMoved }
}

function standInOn(ids: IdBlocks): StandInHandle {
  return new StandInHandle({ line: inheritedLine(), ids, kill: (pid) => kill(pid, 'SIGKILL') })
}

function kill(pid: number, signal: 'SIGKILL' | 0): void {
  process.kill(pid, signal)
}

async function openAddresses(
  { config, workers, generation }: Launch,
  { env, stops: { signal } }: ServerStart,
  inherited: Inherited | undefined,
): Promise<Pick<Beginning, 'addresses' | 'hasMoved'>> {
  const target = listenTargetOf(config)
  const activated = inherited === undefined ? activatedSockets(env, process.pid) : []
  if (activated.length > 0) {
    const slots = Slots.inherit({ mode: 'shared', sockets: activated, count: workers, owned: false })
    return { addresses: new Addresses({ slots, target, generation, isActivated: true }), hasMoved: false }
  }
  const slots = inherited && slotsOf(inherited)
  const isActivated = inherited?.legacy.isActivated === true
  if (slots !== undefined && (isActivated || inherited?.legacy.target === targetText(target))) {
    const addresses = new Addresses({ slots, target, generation, isActivated })
    addresses.resize(workers)
    return { addresses, hasMoved: false }
  }
  const opened = await Slots.open(target, { count: workers, besides: slots, signal })
  // The stand-in serves the old address with sockets of its own, until it leaves.
  slots?.close()
  return { addresses: new Addresses({ slots: opened, target, generation }), hasMoved: slots !== undefined }
}

function slotsOf({ legacy: { mode, slots, paths, isActivated }, handles }: Inherited): Slots {
  const sockets = handles.map((handle, index) => boundFromHandle(handle, paths[index] ?? undefined))
  return Slots.inherit({ mode, sockets, count: slots, owned: !isActivated })
}
