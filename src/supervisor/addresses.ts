/**
 * Where the server listens, over reloads that change it: the new address is bound before anything else happens, and
 * the old one is served until the last worker that was started for it has left.
 */
import type { AddressInfo } from 'node:net'
import type { ListenTarget } from './listen-target.ts'
import type { IsServed, Orphan } from './orphans.ts'
import { Slots } from './slots.ts'
import type { Place as WorkerPlace, WorkerHandle } from './worker-handle.ts'

/** The sockets of one address, and the generation of the workers that listen there; that is its number, too. */
interface Place {
  readonly slots: Slots
  readonly target: string
  readonly since: number
}

export interface AddressesOptions {
  readonly slots: Slots
  readonly target: ListenTarget
  readonly generation: number
  /** Bound by systemd: the configuration does not decide about it. */
  readonly isActivated?: boolean
}

export class Addresses implements Disposable {
  readonly #isActivated: boolean
  #current: Place
  /** For a reload that is under way, or has failed half-way and has left workers there. */
  #next: Place | undefined
  /** The latest first. */
  #retired: readonly Place[] = []

  constructor({ slots, target, generation, isActivated = false }: AddressesOptions) {
    this.#current = { slots, target: targetText(target), since: generation }
    this.#isActivated = isActivated
  }

  get current(): Slots {
    return this.#current.slots
  }

  /** What the configuration said, as text. */
  get target(): string {
    return this.#current.target
  }

  get isActivated(): boolean {
    return this.#isActivated
  }

  get all(): readonly (AddressInfo | string)[] {
    return this.#current.slots.addresses
  }

  /** Where workers of that generation listen, if that is a Unix socket. */
  socketPath(generation: number): string | undefined {
    const address = this.of(generation).address()
    return typeof address === 'string' ? address : undefined
  }

  /** The sockets for workers of that generation. */
  of(generation: number): Slots {
    return this.#placeOf(generation).slots
  }

  /**
   * Binds the address of the next generation, if it is another one.
   *
   * @returns false when that is not for the configuration to change
   * @throws TsrvError `TSRV_PORT_IN_USE`, `TSRV_LISTEN_FAILED`; everything is as before
   */
  async prepare(target: ListenTarget, count: number, generation: number): Promise<boolean> {
    const text = targetText(target)
    if (this.#isActivated) return text === this.#current.target
    if (text === this.#next?.target) return true
    this.#next?.slots.close()
    this.#next = undefined
    if (text === this.#current.target) return true
    const slots = await Slots.open(target, { count, besides: this.#current.slots })
    this.#next = { slots, target: text, since: generation }
    return true
  }

  /** New workers are everywhere: what was prepared for them, if anything, is the address from now on. */
  commit(): void {
    if (this.#next === undefined) return
    this.#retired = [this.#current, ...this.#retired]
    this.#current = this.#next
    this.#next = undefined
  }

  /** Gives up old addresses for which no worker is left. */
  settle(workers: readonly WorkerHandle[]): void {
    const http = workers.filter(({ role }) => role === 'http-worker')
    const isOver = ({ since }: Place): boolean =>
      !http.some((one) => this.#placeOf(one.generation).since === since)
    for (const place of this.#retired.filter(isOver)) {
      const keys = place.slots.bound.map((_, at) => keyOf(place, at))
      // Before the workers: as long as one of them has the socket, what waits in it is accepted.
      place.slots.close()
      for (const worker of http) worker.giveUp(keys)
    }
    this.#retired = this.#retired.filter((place) => !isOver(place))
  }

  resize(workers: number): void {
    for (const { slots } of [this.#current, ...(this.#next === undefined ? [] : [this.#next])]) {
      if (workers > slots.size) slots.grow(workers - slots.size)
      else if (workers < slots.size) slots.shrink(slots.size - workers)
    }
  }

  /** For this worker: sockets of its address that nobody serves, and those of older addresses. */
  orphans({ slot, generation }: Pick<WorkerPlace, 'slot' | 'generation'>, isServed: IsServed): Orphan[] {
    const own = this.#placeOf(generation)
    const here = own.slots.orphans((at) => at === slot || isServed(at, own.since))
    const older = this.#places.filter((place) => place.since < own.since)
    return [
      ...[...here].map(([at, socket]) => ({ socket, key: keyOf(own, at) })),
      ...older.flatMap((place) =>
        place.slots.handles.map((socket, at) => ({ socket, key: keyOf(place, at) })),
      ),
    ]
  }

  /** Idempotent. */
  [Symbol.dispose](): void {
    for (const { slots } of this.#places) slots.close()
  }

  /** The latest first. */
  get #places(): readonly Place[] {
    return [...(this.#next === undefined ? [] : [this.#next]), this.#current, ...this.#retired]
  }

  #placeOf(generation: number): Place {
    return this.#places.find(({ since }) => since <= generation) ?? this.#current
  }
}

function keyOf({ since }: Place, at: number): string {
  return `${since}/${at}`
}

export function targetText(target: ListenTarget): string {
  return 'path' in target ? target.path : `${target.host} ${target.port}`
}
