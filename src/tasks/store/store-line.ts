/**
 * The line to the store thread: calls go out once per turn, in one message, and come back once per commit. Answers keep
 * the order of the calls, so the oldest one that waits is always the next to be answered.
 */
import type { MessagePort } from 'node:worker_threads'
import { messageOf, TsrvError } from '../../errors.ts'
import { Fifo } from '../../util/fifo.ts'
import type { CallName, StoreCall, StoreCalls } from './calls.ts'
import type { Fault } from './faults.ts'
import type { Refusal } from './group.ts'
import type { FromStore, ToStore } from './store-messages.ts'

/** What asks the store for something. */
export interface StoreCaller {
  readonly clock: StoreClock
  /** @throws TsrvError TSRV_BROKER_UNAVAILABLE, TSRV_BROKER_LOST, TSRV_BROKER_REFUSED */
  call<Name extends CallName>(
    name: Name,
    ...args: Parameters<StoreCalls[Name]>
  ): Promise<ReturnType<StoreCalls[Name]>>
  /** The bytes alone: posting a view copies all of the buffer that it looks into. */
  own(bytes: Uint8Array): Uint8Array
}

export interface StoreClock {
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Milliseconds on a clock that nobody sets. */
  readonly monotonic: () => number
}

interface Waiting {
  readonly call: StoreCall
  readonly resolve: (result: unknown) => void
  readonly reject: (error: Error) => void
}

export interface StoreLineOptions {
  readonly port: MessagePort
  /** For error messages. */
  readonly file: string
  readonly clock: StoreClock
  /** After every commit: when something becomes claimable by itself. */
  readonly onWake: (at: number) => void
  /** The file is damaged. */
  readonly onDamage: (reason: string) => void
}

export class StoreLine implements StoreCaller {
  readonly clock: StoreClock
  readonly #options: StoreLineOptions
  /** Posted and not answered, the oldest first. */
  readonly #waiting = new Fifo<Waiting>()
  /** Not posted yet. */
  #turn: Waiting[] = []
  #copies = new Map<Uint8Array, Uint8Array>()
  #end: TsrvError | undefined

  constructor(options: StoreLineOptions) {
    this.clock = options.clock
    this.#options = options
  }

  call<Name extends CallName>(
    name: Name,
    ...args: Parameters<StoreCalls[Name]>
  ): Promise<ReturnType<StoreCalls[Name]>> {
    if (this.#end !== undefined) return Promise.reject(this.#end)
    const answer = Promise.withResolvers<ReturnType<StoreCalls[Name]>>()
    const waiting: Waiting = {
      call: [name, ...args] as unknown as StoreCall,
      resolve: answer.resolve as (result: unknown) => void,
      reject: answer.reject,
    }
    if (this.#turn.push(waiting) === 1) process.nextTick(() => this.flush())
    return answer.promise
  }

  own(bytes: Uint8Array): Uint8Array {
    if (bytes.length === bytes.buffer.byteLength) return bytes
    // Queue and log are given the same view in one turn; the same copy then travels once.
    const copy = this.#copies.get(bytes) ?? new Uint8Array(bytes)
    this.#copies.set(bytes, copy)
    return copy
  }

  flush(): void {
    const turn = this.#turn
    if (turn.length === 0) return
    this.#turn = []
    this.#copies = new Map()
    try {
      this.#post(turn)
    } catch {
      // One of them holds something that cannot be posted, such as bytes that their owner has given away.
      for (const one of turn) this.#postAlone(one)
    }
  }

  /** Nothing may be asked any more; what was asked is still answered. */
  end(error: TsrvError): void {
    this.#end ??= error
  }

  /** Nothing will be answered any more. */
  break(error: TsrvError): void {
    this.end(error)
    for (let one; (one = this.#waiting.shift()) !== undefined;) one.reject(error)
    for (const one of this.#turn.splice(0)) one.reject(error)
  }

  receive(message: Extract<FromStore, { type: 'done' | 'undone' }>): void {
    switch (message.type) {
      case 'done':
        this.#settle(message.results, message.refused)
        if (message.nextWake !== undefined) this.#options.onWake(message.nextWake)
        return
      case 'undone':
        this.#fail(message.count, message.fault)
        return
      default:
        message satisfies never
    }
  }

  #post(turn: readonly Waiting[]): void {
    const { now, monotonic } = this.clock
    const calls = turn.map(({ call }) => call)
    const message: ToStore = { type: 'calls', now: now(), monotonic: monotonic(), calls }
    this.#options.port.postMessage(message)
    for (const one of turn) this.#waiting.push(one)
  }

  #postAlone(one: Waiting): void {
    try {
      this.#post([one])
    } catch (error) {
      this.#refuse(one, messageOf(error))
    }
  }

  #settle(results: readonly unknown[], refused: readonly Refusal[]): void {
    const reasons = new Map(refused)
    for (const [index, result] of results.entries()) {
      const one = this.#waiting.shift()
      const reason = reasons.get(index)
      if (one === undefined) return
      if (reason === undefined) one.resolve(result)
      else this.#refuse(one, reason)
    }
  }

  #refuse({ call: [call], reject }: Waiting, reason: string): void {
    reject(new TsrvError('BROKER_REFUSED', { broker: 'sqlite', call, reason }))
  }

  #fail(count: number, { kind, reason }: Fault): void {
    // Also rejects those of this group: whether they were done is for the next owner to find out.
    if (kind === 'end') return this.#options.onDamage(reason)
    const place = this.#options.file
    for (let left = count; left > 0; left--) {
      this.#waiting.shift()?.reject(new TsrvError('BROKER_UNAVAILABLE', { broker: 'sqlite', place, reason }))
    }
  }
}
