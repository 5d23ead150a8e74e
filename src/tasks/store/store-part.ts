/** The store as one of its users has it, queue or log: closing one leaves the other open. */
import { TsrvError } from '../../errors.ts'
import type { CallName, StoreCalls } from './calls.ts'
import type { StoreCaller, StoreClock } from './store-line.ts'

export class StorePart implements StoreCaller {
  readonly clock: StoreClock
  readonly #caller: StoreCaller
  readonly #file: string
  #isClosed = false

  constructor(caller: StoreCaller, file: string) {
    this.clock = caller.clock
    this.#caller = caller
    this.#file = file
  }

  async call<Name extends CallName>(
    name: Name,
    ...args: Parameters<StoreCalls[Name]>
  ): Promise<ReturnType<StoreCalls[Name]>> {
    if (!this.#isClosed) return this.#caller.call(name, ...args)
    const reason = 'it has been closed'
    throw new TsrvError('BROKER_LOST', { broker: 'sqlite', place: this.#file, reason })
  }

  own(bytes: Uint8Array): Uint8Array {
    return this.#caller.own(bytes)
  }

  /** Waits for the answers to what was asked before; nothing may be asked afterwards. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    // Answers keep the order of the calls, so this one comes last. A store that has ended has none left to give.
    await this.#caller.call('advance').catch(() => {})
  }
}
