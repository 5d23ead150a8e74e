/**
 * The listening sockets of the HTTP workers, owned by the supervisor so that they outlive the workers:
 * a replacement inherits the accept queue of the worker it follows, and no connection is lost.
 */
import { rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { TsrvError } from '../errors.ts'
import { claimAddress, formatTarget, listenFailure, type AddressClaim } from './address-claim.ts'
import { bind, type BindTarget, type Bound, sendable, type SocketHandle } from './bind.ts'
import { type ListenTarget, resolveHost } from './listen-target.ts'

/** `per-worker`: one SO_REUSEPORT socket a slot; `shared`: all workers accept from one socket. */
export type SlotMode = 'per-worker' | 'shared'

/** Bound sockets of somebody else: of the supervisor that this one succeeds, or of systemd. */
export interface Inheritance {
  readonly mode: SlotMode
  /** Per worker: one a slot, then the strays. Shared: all of them are for all workers. At least one. */
  readonly sockets: readonly Bound[]
  /** Number of slots. */
  readonly count: number
  /** What is left of a Unix socket is removed at the end. */
  readonly owned: boolean
}

export interface SlotsOptions {
  /** Number of slots, at least 1. */
  readonly count: number
  /** `shared` forces the fall-back. Default: per worker where Node and the system can, else shared. */
  readonly mode?: SlotMode | undefined
  /** Sockets of this very server, which stand in nobody's way on the same port. */
  readonly besides?: Slots | undefined
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
  readonly #addresses: readonly (AddressInfo | string)[]
  /** An inherited Unix socket is not removed with its handle. */
  readonly #leavesFile: boolean
  /** One a slot and then those of slots that were given up; when they are shared, all for all workers. */
  readonly #sockets: Bound[]
  /** What a channel can send. Never closed: the descriptor is the bound socket's. */
  readonly #handles = new Map<Bound, SocketHandle>()
  #size: number

  /**
   * Checks that nobody else has the address, then binds it. It is the workers that listen: until the first of
   * them does, connections are refused.
   *
   * @throws TsrvError `TSRV_PORT_IN_USE` with the holder, `TSRV_LISTEN_FAILED` with the reason
   */
  static async open(target: ListenTarget, options: SlotsOptions): Promise<Slots> {
    const numeric = await resolveHost(target, options.signal)
    const claim = await claimAddress(numeric, { ...options, isOwn: options.besides?.shares(numeric) })
    try {
      const { mode, bound } = bindFirst(numeric, options.mode)
      const slots = new Slots({ mode, sockets: [bound], count: 1, owned: false }, claim)
      slots.#growOrClose(options.count - 1)
      return slots
    } catch (error) {
      claim.release()
      throw error
    }
  }

  /** Takes over sockets on which somebody listens already: nobody else can have their address. */
  static inherit(inheritance: Inheritance): Slots {
    return new Slots(inheritance, { release() {} })
  }

  private constructor({ mode, sockets, count, owned }: Inheritance, claim: AddressClaim) {
    const [first] = sockets
    if (first === undefined) throw new RangeError('no socket to listen on')
    this.mode = mode
    this.#sockets = [...sockets]
    this.#addresses = (mode === 'shared' ? sockets : [first]).map((socket) => socket.address())
    this.#address = first.address()
    this.#target = followers(this.#address, mode)
    this.#claim = claim
    this.#leavesFile = owned && typeof this.#address === 'string' && !this.#address.startsWith('\0')
    this.#size = count
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

  /** Whether another socket of ours can be bound to the same port. */
  shares(target: BindTarget): boolean {
    const isTcp = 'port' in target && typeof this.#address === 'object'
    return this.mode === 'per-worker' && isTcp && this.#address.port === target.port
  }

  /** All of them, when somebody else has bound several. */
  get addresses(): readonly (AddressInfo | string)[] {
    return this.#addresses
  }

  /** Every socket: of each slot, then the others. */
  get bound(): readonly Bound[] {
    return this.#sockets
  }

  /** The same, as a channel can send them. */
  get handles(): readonly SocketHandle[] {
    return this.bound.map((bound) => this.#handleOf(bound))
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
  orphans(isServed: (slot: number) => boolean): ReadonlyMap<number, SocketHandle> {
    const isOrphan = (slot: number): boolean =>
      this.mode === 'shared' ? slot > 0 : slot >= this.#size || !isServed(slot)
    const orphans = [...this.#sockets.entries()].filter(([slot]) => isOrphan(slot))
    return new Map(orphans.map(([slot, bound]) => [slot, this.#handleOf(bound)]))
  }

  /** Idempotent. Workers that live on keep listening. */
  close(): void {
    this.#size = 0
    for (const socket of this.#sockets.splice(0)) socket.close()
    if (this.#leavesFile && typeof this.#address === 'string') rmSync(this.#address, { force: true })
    this.#claim.release()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  #growOrClose(by: number): void {
    try {
      this.grow(by)
    } catch (error) {
      this.close()
      throw error
    }
  }

  #handleOf(bound: Bound): SocketHandle {
    const handle = this.#handles.get(bound) ?? sendable(bound)
    this.#handles.set(bound, handle)
    return handle
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
function followers(address: AddressInfo | string, mode: SlotMode): BindTarget {
  if (typeof address === 'string') return { path: address }
  return { host: address.address, port: address.port, ...(mode === 'per-worker' && { reusePort: true }) }
}

function bindOrThrow(target: BindTarget): Bound {
  const bound = bind(target)
  if ('failed' in bound) throw listenFailure(target, bound.failed)
  return bound
}
