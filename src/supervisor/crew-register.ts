/** Keeps the record of the children up to date that others find them by. */
import { messageOf } from '../errors.ts'
import type { SupervisorOptions } from './supervisor-options.ts'
import type { WorkerHandle } from './worker-handle.ts'

export class CrewRegister {
  readonly #options: Pick<SupervisorOptions, 'onCrewChange' | 'log'>
  #problem: string | undefined

  constructor(options: Pick<SupervisorOptions, 'onCrewChange' | 'log'>) {
    this.#options = options
  }

  /** Why the last record could not be made. */
  get problem(): string | undefined {
    return this.#problem
  }

  /** @returns what went wrong */
  write(members: readonly WorkerHandle[]): unknown {
    try {
      this.#options.onCrewChange(members)
      this.#problem = undefined
      return undefined
    } catch (error) {
      this.#options.log.error({ err: error }, 'Cannot record the processes of this server')
      this.#problem = messageOf(error)
      return error
    }
  }
}
