/** How many tasks wait, as of the last time the store could tell: nothing must end because it cannot be counted. */
import type { Logger } from '../../server.ts'
import type { Broker } from '../broker.ts'

export class WaitingCount {
  readonly #broker: Pick<Broker, 'counts'>
  readonly #log: Logger
  readonly #signal: AbortSignal
  #last = 0

  /** @param signal aborts when the broker is about to close: the last count stands */
  constructor(broker: Pick<Broker, 'counts'>, log: Logger, signal: AbortSignal) {
    this.#broker = broker
    this.#log = log
    this.#signal = signal
  }

  /** Never rejects. */
  async read(): Promise<number> {
    if (this.#signal.aborted) return this.#last
    try {
      const { ready, delayed } = await this.#broker.counts()
      this.#last = ready + delayed
    } catch (error) {
      if (!this.#signal.aborted) this.#log.warn({ err: error }, 'The tasks that wait cannot be counted')
    }
    return this.#last
  }
}
