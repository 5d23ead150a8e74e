/** The container as `server` shows it: `server` is there first, the container is loaded after the boot modules. */
import { TsrvError } from '../errors.ts'
import type { ServiceLookup } from '../server.ts'

export class LateContainer implements ServiceLookup {
  #services: ServiceLookup | undefined

  loaded(services: ServiceLookup): void {
    this.#services = services
  }

  has(name: string): boolean {
    return this.#services?.has(name) ?? false
  }

  get(name: string): unknown {
    if (this.#services !== undefined) return this.#services.get(name)
    const reason = 'it is loaded after the boot modules'
    throw new TsrvError('SERVICE_MISSING', { service: name, reason })
  }
}
