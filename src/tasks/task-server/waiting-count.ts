/** How many tasks wait, as of the last time the store could tell: nothing must end because it cannot be counted. */
import type { Logger } from '../../server.ts'
import type { Broker } from '../broker.ts'

export class WaitingCount {
  readonly #broker: Pick<Broker, 'counts'>
  readonly #log: Logger
  #last = 0

  constructor(broker: Pick<Broker, 'counts'>, log: Logger) {
    this.#broker = broker
    this.#log = log
  }

  /** Never rejects. */
  async read(): Promise<number> {
    try {
      const { ready, delayed } = await this.#broker.counts()
      this.#last = ready + delayed
    } catch (error) {
      this.#log.warn({ err: error }, 'The tasks that wait cannot be counted')
    }
    return this.#last
  }
}
