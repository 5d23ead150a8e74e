/** All services of the config: started in its order, renewed one by one by a reload, stopped in reverse order. */
import type { WorkerStatus } from '../../control/protocol.ts'
import { messageOf } from '../../errors.ts'
import type { Logger } from '../../server.ts'
import { DeathRecords } from '../death-records.ts'
import type { Launch } from '../launch.ts'
import type { Place, WorkerExit, WorkerHandle } from '../worker-handle.ts'
import { vitalsOf } from '../vitals.ts'
import { Service } from './service.ts'

export interface ServicesOptions {
  readonly launch: Launch
  readonly log: Logger
  /** Makes a process and tells it to boot with the launch given. */
  readonly spawn: (place: Place, launch: Launch) => WorkerHandle
  /** The set of processes has changed. */
  readonly onChange: () => void
}

export interface ServicesReload {
  readonly replaced: readonly string[]
  /** One sentence for each service that does not run now. */
  readonly failures: readonly string[]
}

export class Services {
  readonly #options: ServicesOptions
  readonly #deaths: DeathRecords
  /** In the order of the config. */
  #services: readonly Service[] = []
  /** A service keeps its number over reloads: results of its tasks find it by that. */
  readonly #slots = new Map<string, number>()
  #launch: Launch
  #isStopping = false
  #round: Promise<unknown> = Promise.resolve()

  constructor(options: ServicesOptions) {
    this.#options = options
    this.#launch = options.launch
    this.#deaths = new DeathRecords(() => this.#launch.config.processes)
  }

  /** What their processes are started with. */
  get launch(): Launch {
    return this.#launch
  }

  /** Resolves when each has started or failed to; never rejects. */
  async start(): Promise<void> {
    await this.reload(this.#launch)
  }

  /** Gives each new code and config, one after the other: stopped, then started. Never rejects. */
  reload(launch: Launch): Promise<ServicesReload> {
    // A start may still be going on: two rounds at a time would start a service twice.
    const round = this.#round.then(() => this.#renew(launch))
    this.#round = round
    return round
  }

  /** From now on none is started again. */
  release(): void {
    this.#isStopping = true
    for (const service of this.#services) service.release()
  }

  /** The last one first. Never rejects. */
  async stop(): Promise<void> {
    this.release()
    for (const service of this.#services.toReversed()) await service.stop()
  }

  ready(worker: WorkerHandle): void {
    this.#of(worker)?.ready()
  }

  exited(worker: WorkerHandle, exit: WorkerExit): void {
    this.#of(worker)?.exited(exit)
    this.#options.onChange()
  }

  /** Names of those that have a process. */
  get living(): string[] {
    return this.#services.flatMap(({ name, worker }) => (worker === undefined ? [] : [name]))
  }

  get problems(): string[] {
    return this.#services.flatMap(({ problem }) => problem ?? [])
  }

  status(): WorkerStatus[] {
    return this.#services.map(({ name, slot, state, restarts, worker }) => ({
      role: 'service' as const,
      name,
      slot,
      state,
      restarts,
      recycles: 0,
      generation: worker?.generation ?? this.#launch.generation,
      ...(worker !== undefined && { pid: worker.pid, uptimeMs: worker.uptime, ...vitalsOf(worker) }),
    }))
  }

  async #renew(next: Launch): Promise<ServicesReload> {
    this.#launch = next
    const settings = next.config.services
    const leaving = this.#services.filter(({ name }) => !settings.some((setting) => setting.name === name))
    for (const service of leaving.toReversed()) await service.stop()
    this.#services = settings.map(
      (setting) => this.#find(setting.name) ?? new Service(setting, this.#own(setting.name)),
    )
    const replaced: string[] = []
    const failures: string[] = []
    for (const [index, setting] of settings.entries()) {
      const service = this.#services[index]
      if (this.#isStopping || service === undefined) break
      try {
        if (service.state !== 'stopped') await service.stop()
        if (!this.#isStopping) await service.start(setting)
        replaced.push(`service ${setting.name}`)
      } catch (error) {
        failures.push(messageOf(error))
      }
    }
    return { replaced, failures }
  }

  #find(name: string): Service | undefined {
    return this.#services.find((service) => service.name === name)
  }

  #of(worker: WorkerHandle): Service | undefined {
    return this.#services.find((service) => service.worker === worker)
  }

  #own(name: string): ConstructorParameters<typeof Service>[1] {
    const slot = this.#slots.get(name) ?? this.#slots.size
    this.#slots.set(name, slot)
    const spawn = (at: number, service: string): WorkerHandle => {
      const { generation } = this.#launch
      const place = { role: 'service', slot: at, generation, name: service } as const
      const worker = this.#options.spawn(place, this.#launch)
      this.#options.onChange()
      return worker
    }
    return { slot, spawn, deaths: this.#deaths, log: this.#options.log }
  }
}
