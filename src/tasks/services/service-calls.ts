/** The calling end of services, in every process and thread of user code: one line for each service that is called. */
import { TsrvError } from '../../errors.ts'
import type { ServiceCallOptions, ServiceHandle } from '../../server.ts'
import { requireDuration } from '../../util/duration.ts'
import { serviceSocket } from '../../wire/service-calls.ts'
import type { Tags } from '../../wire/tags.ts'
import { ServiceLine } from './service-line.ts'

export interface ServiceCallsOptions {
  /** Those of the config. */
  readonly services: readonly { readonly name: string }[]
  /** Path of the task server's socket; those of the services lie beside it. */
  readonly tasksSocket: string
  readonly tags: Tags
}

const DEFAULT_TIMEOUT = 30_000

export class ServiceCalls {
  readonly #options: ServiceCallsOptions
  readonly #lines = new Map<string, ServiceLine>()

  constructor(options: ServiceCallsOptions) {
    this.#options = options
  }

  /** @throws TsrvError TSRV_SERVICE_UNKNOWN */
  handle(name: string): ServiceHandle {
    const names = this.#options.services.map((service) => service.name)
    if (!names.includes(name)) {
      throw new TsrvError('SERVICE_UNKNOWN', { service: name, known: names.join(', ') || 'none' })
    }
    const call: ServiceHandle['call'] = async (method, data, options) =>
      this.#line(name).call(method, data, timeoutOf(options))
    return { name, call }
  }

  #line(name: string): ServiceLine {
    const { tasksSocket, tags } = this.#options
    const line = this.#lines.get(name) ?? new ServiceLine(name, serviceSocket(tasksSocket, name), tags)
    this.#lines.set(name, line)
    return line
  }
}

function timeoutOf({ timeout = DEFAULT_TIMEOUT }: ServiceCallOptions = {}): number {
  return requireDuration(timeout, 'service.call', 'timeout')
}
