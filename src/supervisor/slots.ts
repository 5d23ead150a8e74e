/**
 * The listening sockets of the HTTP workers, owned by the supervisor so that they outlive the workers:
 * a replacement inherits the accept queue of the worker it follows, and no connection is lost.
 */
import { lookup } from 'node:dns/promises'
import { isIP, Socket, type AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { TsrvError } from '../errors.ts'
import { claimAddress, formatTarget, listenFailure, type AddressClaim } from './address-claim.ts'
import { bind, type BindTarget, type Bound } from './bind.ts'

/** Where to listen. A host name is looked up, its first address counts; port 0 lets the system choose. */
export type ListenTarget = { readonly host: string; readonly port: number } | { readonly path: string }

/** `per-worker`: one SO_REUSEPORT socket a slot; `shared`: all workers accept from one socket. */
export type SlotMode = 'per-worker' | 'shared'

export interface SlotsOptions {
  /** Number of slots, at least 1. */
  readonly count: number
  /** `shared` forces the fall-back. Default: per worker where Node and the system can, else shared. */
  readonly mode?: SlotMode | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * @example
 * using slots = await Slots.open({ host: '127.0.0.1', port: 8080 }, { count: 4 })
 * fork(worker, { stdio: ['inherit', 'inherit', 'inherit', 'ipc', slots.fd(0)] }) // there: server.listen({ fd: 4 })
 */
export class Slots {
  readonly mode: SlotMode
  readonly #claim: AddressClaim
  readonly #target: BindTarget
  readonly #address: AddressInfo | string
  /** One a slot and then those of slots that were given up, or a single one when it is shared. */
  readonly #sockets: Bound[]
  /** Views that a channel can send. Never closed: the descriptor is the bound socket's. */
  readonly #views = new Map<Bound, Socket>()
  #size = 1

  /**
   * Checks that nobody else has the address, then binds it. It is the workers that listen: until the first of
   * them does, connections are refused.
   *
   * @throws TsrvError `TSRV_PORT_IN_USE` with the holder, `TSRV_LISTEN_FAILED` with the reason
   */
  static async open(target: ListenTarget, options: SlotsOptions): Promise<Slots> {
    const numeric = await resolveHost(target, options.signal)
    const claim = await claimAddress(numeric, options.signal)
    try {
      return new Slots(numeric, claim, options)
    } catch (error) {
      claim.release()
      throw error
    }
  }

  private constructor(target: BindTarget, claim: AddressClaim, { count, mode }: SlotsOptions) {
    const first = bindFirst(target, mode)
    this.mode = first.mode
    this.#sockets = [first.bound]
    this.#address = first.bound.address()
    this.#target = first.mode === 'per-worker' ? followers(this.#address) : target
    this.#claim = claim
    try {
      this.grow(count - 1)
    } catch (error) {
      this.close()
      throw error
    }
  }

  /** Number of slots. */
  get size(): number {
    return this.#size
  }

  /**
   * Descriptor for the `stdio` of `fork()`; stays the slot's own until `close()`.
   *
   * @throws TsrvError `TSRV_LISTEN_FAILED` for a slot there is not
   */
  fd(slot: number): number {
    const socket = this.#sockets[this.mode === 'shared' ? 0 : slot]
    if (!Number.isInteger(slot) || slot < 0 || slot >= this.#size || socket === undefined) {
      const reason = `there is no slot ${slot}, only ${this.#size} of them`
      throw new TsrvError('LISTEN_FAILED', { address: formatTarget(this.#target), reason })
    }
    return socket.fd()
  }

  /** As `net.Server#address()`: a path for a Unix socket, else host and port (the chosen one for port 0). */
  address(): AddressInfo | string {
    return this.#address
  }

  /**
   * Adds slots at the end.
   *
   * @throws TsrvError `TSRV_PORT_IN_USE`, `TSRV_LISTEN_FAILED`; the slots added before it stay
   */
  grow(by = 1): void {
    for (let added = 0; added < by; added += 1) {
      const isKept = this.#size < this.#sockets.length
      if (this.mode === 'per-worker' && !isKept) this.#sockets.push(bindOrThrow(this.#target))
      this.#size += 1
    }
  }

  /**
   * Gives up the last slots. Their sockets stay open: closing one would reset the connections that wait in it, and
   * those whose handshake is under way.
   */
  shrink(by = 1): void {
    this.#size = Math.max(0, this.#size - by)
  }

  /**
   * Sockets that get their share of the connections while no worker of their own accepts them: those of slots that
   * were given up, and those of slots that nobody serves just now. By the number of their slot.
   */
  orphans(isServed: (slot: number) => boolean): ReadonlyMap<number, Socket> {
    if (this.mode === 'shared') return new Map()
    const orphans = [...this.#sockets.entries()].filter(([slot]) => slot >= this.#size || !isServed(slot))
    return new Map(orphans.map(([slot, bound]) => [slot, this.#viewOf(bound)]))
  }

  /** Idempotent. Workers that live on keep listening. */
  close(): void {
    this.#size = 0
    for (const socket of this.#sockets.splice(0)) socket.close()
    this.#claim.release()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  #viewOf(bound: Bound): Socket {
    const view = this.#views.get(bound) ?? new Socket({ fd: bound.fd(), readable: false, writable: false })
    this.#views.set(bound, view)
    return view
  }
}

const LOOKUP_TIMEOUT = 5_000

async function resolveHost(target: ListenTarget, signal: AbortSignal | undefined): Promise<BindTarget> {
  if ('path' in target || isIP(target.host) !== 0) return target
  try {
    const found = await Promise.race([
      lookup(target.host),
      delay(LOOKUP_TIMEOUT, undefined, { signal, ref: false }),
    ])
    if (found === undefined) throw listenFailure(target, 'ETIMEDOUT')
    return { host: found.address, port: target.port }
  } catch (error) {
    signal?.throwIfAborted()
    if (error instanceof TsrvError) throw error
    throw listenFailure(
      target,
      error instanceof Error && 'code' in error ? String(error.code) : 'ENOTFOUND',
      error,
    )
  }
}

// What systems without SO_REUSEPORT for load balancing say; macOS has the option, libuv refuses it there.
const NO_REUSE: ReadonlySet<string> = new Set(['ENOTSUP', 'ENOPROTOOPT', 'EOPNOTSUPP', 'EINVAL'])

function bindFirst(target: BindTarget, wanted: SlotMode | undefined): { mode: SlotMode; bound: Bound } {
  if (wanted !== 'shared' && !('path' in target)) {
    const bound = bind({ ...target, reusePort: true })
    if (!('failed' in bound)) return { mode: 'per-worker', bound }
    if (!NO_REUSE.has(bound.failed)) throw listenFailure(target, bound.failed)
  }
  return { mode: 'shared', bound: bindOrThrow(target) }
}

/** The first socket has decided the port. */
function followers(address: AddressInfo | string): BindTarget {
  if (typeof address === 'string') return { path: address }
  return { host: address.address, port: address.port, reusePort: true }
}

function bindOrThrow(target: BindTarget): Bound {
  const bound = bind(target)
  if ('failed' in bound) throw listenFailure(target, bound.failed)
  return bound
}
