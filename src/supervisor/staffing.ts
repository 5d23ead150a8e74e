/** Puts processes into places: does what `plan` says, and has each new process boot with the launch of its place. */
import type { Crew } from './crew.ts'
import { bootOf, type BootSurroundings, type Launch } from './launch.ts'
import type { Launches } from './launches.ts'
import { type Action, plan, type PlaceName } from './plan.ts'
import type { Vacancies } from './vacancies.ts'
import type { Place, WorkerHandle } from './worker-handle.ts'

export interface StaffingOptions {
  readonly crew: Crew
  readonly launches: Launches
  readonly vacancies: Vacancies
  /** What services are started with. */
  readonly serviceLaunch: () => Launch
  readonly surroundings: BootSurroundings
  /** There is no process at all. */
  readonly onFailure: (place: PlaceName, error: unknown) => void
  /** As for the pauses of vacancies. */
  readonly now: () => number
}

export class Staffing {
  readonly #options: StaffingOptions

  constructor(options: StaffingOptions) {
    this.#options = options
  }

  /** Looks at what runs and does what is due. */
  review(): void {
    const { crew, launches, vacancies, now } = this.#options
    for (const action of plan(launches.wanted, crew.planned, vacancies.pauses, now())) this.#act(action)
  }

  /** @throws the error of the system when there is no process to be had */
  boot(place: Place): WorkerHandle {
    const { crew, surroundings } = this.#options
    const worker = crew.spawn(place)
    worker.send({ type: 'boot', boot: bootOf(this.launchOf(place), place, surroundings) })
    return worker
  }

  launchOf(place: Place): Launch {
    const { launches, serviceLaunch } = this.#options
    return place.role === 'service' ? serviceLaunch() : launches.of(place)
  }

  #act(action: Action<WorkerHandle>): void {
    switch (action.do) {
      case 'spawn':
        return this.#fill(action)
      case 'drain':
        return action.child.drain(...this.#options.launches.drainTimes)
      default:
        return action satisfies never
    }
  }

  #fill({ role, slot }: PlaceName): void {
    const { launches, vacancies, onFailure } = this.#options
    const place = { role, slot, generation: launches.of({ role }).generation }
    try {
      this.boot(place)
      vacancies.filled(place)
    } catch (error) {
      onFailure(place, error)
    }
  }
}
