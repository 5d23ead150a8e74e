/** All lanes of a task server: as many as the config says, and those that `tsrv work` lends. */
import type { Lane, LaneEvents } from './lane.ts'

export type MakeLane = (number: number) => Lane

export class Lanes {
  readonly #lanes: Lane[] = []
  readonly #lent = new Set<Lane>()
  /** Also of lanes that start, and of lent ones whose last task has not ended. */
  readonly #numbers = new Set<number>()
  readonly #events: LaneEvents

  constructor(events: LaneEvents) {
    this.#events = events
  }

  all(): readonly Lane[] {
    return this.#lent.size === 0 ? this.#lanes : [...this.#lanes, ...this.#lent]
  }

  /**
   * Gives every lane new code, one after the other, and the server `count` lanes; also how the first ones come to be.
   * Tasks that run stay where they are.
   *
   * @param isHasty once the first has new code, all others get it together
   * @throws the reason of the first boot that fails; the lanes from that one on keep their old code
   */
  async set(count: number, make: MakeLane, isHasty = false): Promise<void> {
    const [first, ...others] = [...this.#lanes.slice(0, count), ...this.#lent]
    await first?.replace()
    if (isHasty) await Promise.all(others.map((lane) => lane.replace()))
    else for (const lane of others) await lane.replace()
    await this.resize(count, make)
  }

  /**
   * More or fewer lanes for the server; the others keep their code. Tasks that run stay where they are.
   *
   * @throws the reason of the first boot that fails; there are as many as before then
   */
  async resize(count: number, make: MakeLane): Promise<void> {
    const missing = Array.from({ length: count - this.#lanes.length }, () => this.#takeNumber(0))
    let added: readonly Lane[]
    try {
      added = missing.map((number) => make(number))
      await this.#start(added)
    } catch (error) {
      for (const number of missing) this.#numbers.delete(number)
      throw error
    }
    this.#lanes.push(...added)
    for (const lane of this.#lanes.splice(count)) {
      this.#numbers.delete(lane.number)
      void lane.retire()
    }
  }

  /** Adds one until the function that it returns has been called and its task has ended. */
  async lend(make: MakeLane): Promise<() => Promise<void>> {
    // Below are those of the server, now and when it has as many again.
    const number = this.#takeNumber(this.#lanes.length)
    let lane: Lane
    try {
      lane = make(number)
      await this.#start([lane])
    } catch (error) {
      this.#numbers.delete(number)
      throw error
    }
    this.#lent.add(lane)
    this.#events.onRoom()
    return async () => {
      this.#lent.delete(lane)
      await lane.retire()
      this.#numbers.delete(number)
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.all().map((lane) => lane.stop()))
  }

  /** The first one that is free. */
  #takeNumber(from: number): number {
    let number = from
    while (this.#numbers.has(number)) number++
    this.#numbers.add(number)
    return number
  }

  async #start(lanes: readonly Lane[]): Promise<void> {
    try {
      await Promise.all(lanes.map((lane) => lane.start(this.#events)))
    } catch (error) {
      await Promise.all(lanes.map((lane) => lane.stop()))
      throw error
    }
  }
}
