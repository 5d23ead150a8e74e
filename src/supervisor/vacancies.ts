/**
 * Places whose process died, failed or could not be started: how long each waits for the next one, and what is said
 * of it. A process that failed stands in its place until that one is ready.
 */
import type { Logger } from '../server.ts'
import { DeathRecords } from './death-records.ts'
import type { Pause, PlaceName } from './plan.ts'
import type { RestartLimits } from './restart-policy.ts'
import type { ChildRole } from './state.ts'

export interface VacanciesOptions {
  readonly limits: () => RestartLimits
  readonly log: Logger
  /** As `plan` gets it. */
  readonly now: () => number
  /** A place may be filled again. */
  readonly onOver: () => void
}

export interface Loss {
  readonly how: keyof typeof SAID
  readonly reason: string
  /** Milliseconds that the process had been ready. */
  readonly readyFor: number
  /** Absent when it could not even be started. */
  readonly pid?: number
}

/** Who reads the log first meets these sentences. */
const SAID = {
  died: ['A process died and is replaced', 'dies again and again'],
  failed: ['A process failed and is replaced; until then it goes on', 'fails again and again'],
} as const

export class Vacancies {
  readonly #options: VacanciesOptions
  readonly #records: DeathRecords
  readonly #problems = new Map<string, string>()
  #pauses: readonly Pause[] = []

  constructor(options: VacanciesOptions) {
    this.#options = options
    this.#records = new DeathRecords(options.limits)
  }

  /** Places that nobody may be put into now. */
  get pauses(): readonly Pause[] {
    return this.#pauses
  }

  /** One sentence for each place where this has happened too often. */
  get problems(): readonly string[] {
    return [...this.#problems.values()]
  }

  /** All places are filled again. */
  forgetProblems(): void {
    this.#problems.clear()
  }

  restarts(place: PlaceName): number {
    return this.#records.restarts(place)
  }

  recycles(place: PlaceName): number {
    return this.#records.recycles(place)
  }

  filled(place: PlaceName): void {
    this.#records.filled(place)
  }

  /** New code comes to these places: what the old one did neither keeps them empty nor counts against it. */
  forgive(role: ChildRole): void {
    this.#pauses = this.#pauses.filter((pause) => pause.role !== role)
    this.#records.forgive(role)
  }

  /** @returns whether it has happened too often */
  lost(place: PlaceName, { how, reason, readyFor, pid }: Loss): boolean {
    const [message, complaint] = SAID[how]
    const death = this.#records.died(place, readyFor)
    const child = childName(place)
    const record = { event: 'worker-error', child, childPid: pid, reason, pause: death.pause }
    this.#options.log.error(record, message)
    const pause = pid === undefined ? Math.max(death.pause, SPAWN_RETRY) : death.pause
    if (pause > 0) this.#pause(place, pause)
    if (death.isUnhealthy) this.#problems.set(child, `${child} ${complaint}; the last time: ${reason}`)
    return death.isUnhealthy
  }

  /** Not for a fault of its own, so there is no pause. */
  recycled(place: PlaceName & { readonly pid: number }, reason: string): void {
    this.#records.recycled(place)
    const child = childName(place)
    const record = { event: 'recycling', child, childPid: place.pid, reason }
    this.#options.log.info(record, 'A process has worked enough and is replaced')
  }

  #pause({ role, slot }: PlaceName, ms: number): void {
    const pause = { role, slot, until: this.#options.now() + ms }
    this.#pauses = [...this.#pauses, pause]
    const timer = setTimeout(() => {
      this.#pauses = this.#pauses.filter((one) => one !== pause)
      this.#options.onOver()
    }, ms)
    timer.unref()
  }
}

function childName({ role, slot }: PlaceName): string {
  return role === 'http-worker' ? `http ${slot}` : 'tasks'
}

/** Milliseconds; no exit follows a process that could not be started, so nothing else would look again. */
const SPAWN_RETRY = 100
