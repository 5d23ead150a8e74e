/** Places whose process died or could not be started: how long each stays empty, and what is said of it. */
import type { Config } from '../config/config.ts'
import type { Logger } from '../server.ts'
import { DeathRecords } from './death-records.ts'
import type { Pause, PlaceName } from './plan.ts'

export interface VacanciesOptions {
  readonly limits: Config['processes']
  readonly log: Logger
  /** The place of an HTTP worker stays empty for a while. */
  readonly onRest: (slot: number) => void
  /** A place may be filled again. */
  readonly onOver: () => void
}

export interface Loss {
  readonly reason: string
  /** Milliseconds that the process had been ready. */
  readonly readyFor: number
  /** Absent when it could not even be started. */
  readonly pid?: number
}

export class Vacancies {
  readonly #options: VacanciesOptions
  readonly #records: DeathRecords
  #pauses: readonly Pause[] = []

  constructor(options: VacanciesOptions) {
    this.#options = options
    this.#records = new DeathRecords(options.limits)
  }

  /** Places that have to stay empty now. */
  get pauses(): readonly Pause[] {
    return this.#pauses
  }

  restarts(place: PlaceName): number {
    return this.#records.restarts(place)
  }

  filled(place: PlaceName): void {
    this.#records.filled(place)
  }

  /** @returns the problem that this is, when it has happened too often */
  lost(place: PlaceName, { reason, readyFor, pid }: Loss): string | undefined {
    const death = this.#records.died(place, readyFor)
    const child = childName(place)
    this.#options.log.error(
      { event: 'worker-error', child, childPid: pid, reason, pause: death.pause },
      'A process died and is replaced',
    )
    const pause = pid === undefined ? Math.max(death.pause, SPAWN_RETRY) : death.pause
    if (pause > 0) this.#pause(place, pause)
    return death.isUnhealthy ? `${child} dies again and again; the last time: ${reason}` : undefined
  }

  #pause({ role, slot }: PlaceName, ms: number): void {
    const pause = { role, slot, until: Date.now() + ms }
    this.#pauses = [...this.#pauses, pause]
    if (role === 'http-worker' && ms >= REST) this.#options.onRest(slot)
    const timer = setTimeout(() => {
      this.#pauses = this.#pauses.filter((one) => one !== pause)
      this.#options.onOver()
    }, ms)
    timer.unref()
  }
}

export function childName({ role, slot }: PlaceName): string {
  return role === 'http-worker' ? `http ${slot}` : 'tasks'
}

/** Milliseconds; no exit follows a process that could not be started, so nothing else would look again. */
const SPAWN_RETRY = 100
/** Milliseconds; connections can wait for less than this, others had better go to another worker. */
const REST = 1000
