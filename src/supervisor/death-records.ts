/** What died where: the memory of the restart policy, and the restarts and recyclings that the status shows. */
import type { PlaceName } from './plan.ts'
import type { ChildRole } from './state.ts'
import { judgeDeaths, type RestartLimits, type Verdict } from './restart-policy.ts'

interface PlaceRecord {
  readonly role: ChildRole
  /** Milliseconds that children were ready here, all together: the clock that `deaths` are told on. */
  lived: number
  deaths: readonly number[]
  restarts: number
  recycles: number
  /** What stood here died, and nothing has followed it yet. */
  isOpen: boolean
}

export class DeathRecords {
  readonly #limits: () => RestartLimits
  readonly #places = new Map<string, PlaceRecord>()

  /** @param limits of the moment: a reload may bring others */
  constructor(limits: () => RestartLimits) {
    this.#limits = limits
  }

  /** @param readyFor milliseconds that the child which died was ready */
  died(place: PlaceName, readyFor: number): Verdict {
    const record = this.#at(place)
    record.lived += readyFor
    record.isOpen = true
    const limits = this.#limits()
    const since = record.lived - limits.restartWindow
    record.deaths = [...record.deaths.filter((at) => at > since), record.lived]
    return judgeDeaths(record.deaths, record.lived, limits)
  }

  /** A new child stands in the place. */
  filled(place: PlaceName): void {
    const record = this.#at(place)
    if (record.isOpen) record.restarts += 1
    record.isOpen = false
  }

  /** What stands in the place has worked enough: its successor makes up for no death. */
  recycled(place: PlaceName): void {
    this.#at(place).recycles += 1
  }

  /** How often that was so, since the start of the server. */
  recycles(place: PlaceName): number {
    return this.#at(place).recycles
  }

  /** Later deaths in these places are judged as if there had been none before; all stay counted as restarts. */
  forgive(role: ChildRole): void {
    for (const record of this.#places.values()) if (record.role === role) record.deaths = []
  }

  /** How often the place was filled again after a death, since the start of the server. */
  restarts(place: PlaceName): number {
    return this.#at(place).restarts
  }

  #at({ role, slot }: PlaceName): PlaceRecord {
    const key = `${role} ${slot}`
    const record = this.#places.get(key) ?? { ...EMPTY, role }
    this.#places.set(key, record)
    return record
  }
}

const EMPTY: Omit<PlaceRecord, 'role'> = { lived: 0, deaths: [], restarts: 0, recycles: 0, isOpen: false }
