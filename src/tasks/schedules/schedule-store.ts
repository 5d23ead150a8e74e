/** Until when each schedule is done, over the end of the process. */
import type { StorePart } from '../store/store-part.ts'

export interface ScheduleStore {
  /** Milliseconds since 1970, by the names of the schedules. */
  lastTicks(): Promise<ReadonlyMap<string, number>>
  setLastTick(name: string, last: number): Promise<void>
}

/** For as long as the process lives. */
export class MemoryScheduleStore implements ScheduleStore {
  readonly #last = new Map<string, number>()

  async lastTicks(): Promise<ReadonlyMap<string, number>> {
    return new Map(this.#last)
  }

  async setLastTick(name: string, last: number): Promise<void> {
    this.#last.set(name, last)
  }
}

export class SqliteScheduleStore implements ScheduleStore {
  readonly #store: StorePart

  constructor(store: StorePart) {
    this.#store = store
  }

  async lastTicks(): Promise<ReadonlyMap<string, number>> {
    return new Map(await this.#store.call('lastTicks'))
  }

  setLastTick(name: string, last: number): Promise<void> {
    return this.#store.call('setLastTick', name, last)
  }
}
