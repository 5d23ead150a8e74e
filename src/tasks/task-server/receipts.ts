/** Crosses out tasks whose reports have been received, those of a turn together. */
import type { Logger } from '../../server.ts'
import type { Broker } from '../broker.ts'
import { insist } from './insist.ts'

export interface ReceiptsOptions {
  readonly broker: Broker
  readonly log: Logger
  /** What is not crossed out by then is delivered once more by the next task server. */
  readonly signal: AbortSignal
}

export class Receipts {
  readonly #options: ReceiptsOptions
  #ids: number[] = []

  constructor(options: ReceiptsOptions) {
    this.#options = options
  }

  add(id: number): void {
    if (this.#ids.push(id) > 1) return
    process.nextTick(() => void this.#crossOut())
  }

  async #crossOut(): Promise<void> {
    const { broker, log, signal } = this.#options
    const ids = this.#ids
    this.#ids = []
    const onTrouble = (error: unknown): void =>
      log.error({ err: error }, 'Received reports cannot be crossed out')
    await insist(() => broker.forget(ids), { signal, onTrouble }).catch(onTrouble)
  }
}
