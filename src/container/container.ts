/**
 * Services by name, from the module that `container` in the config names. Its default export is an object of
 * factories, any container with `get` and `has`, an awilix container, or a function that returns one of these.
 */
import { TsrvError } from '../errors.ts'
import type { Server } from '../server.ts'
import { loadExport } from '../util/load-module.ts'

export interface Services {
  has(name: string): boolean
  /** @throws TsrvError TSRV_SERVICE_MISSING */
  get(name: string): unknown
  /** Ends the services that were made, where they have an end. */
  dispose(): Promise<void>
}

/** Makes a service once per process; it gets the other services by name. */
export type ServiceFactory = (services: Readonly<Record<string, unknown>>) => unknown

export const NO_SERVICES: Services = {
  has: () => false,
  get: (name) => {
    throw new TsrvError('SERVICE_MISSING', { service: name })
  },
  dispose: async () => {},
}

/** @param module undefined when the config names no container */
export async function loadServices(
  module: string | undefined,
  root: string,
  server: Server,
): Promise<Services> {
  if (module === undefined) return NO_SERVICES
  const exported = await loadExport(module, root, 'container')
  const made: unknown = typeof exported === 'function' ? await exported({ server }) : exported
  return asServices(made, module)
}

async function asServices(made: unknown, module: string): Promise<Services> {
  if (typeof made !== 'object' || made === null) {
    const reason = `its default export is ${String(made)}; expected an object of factories or a container with get() and has()`
    throw new TsrvError('MODULE_FAILED', { module, role: 'container', reason })
  }
  if (isAwilix(made)) return fromAwilix(made)
  if (hasGetAndHas(made)) return fromGetAndHas(made)
  return fromAwilix(await containerOf(made as Record<string, ServiceFactory>))
}

interface AwilixLike {
  resolve(name: string): unknown
  hasRegistration(name: string): boolean
  dispose(): Promise<void>
}

interface GetAndHas {
  get(name: string): unknown
  has(name: string): boolean
  dispose?(): unknown
}

function isAwilix(value: object): value is AwilixLike {
  return 'resolve' in value && 'hasRegistration' in value
}

function hasGetAndHas(value: object): value is GetAndHas {
  return typeof (value as GetAndHas).get === 'function' && typeof (value as GetAndHas).has === 'function'
}

async function containerOf(factories: Record<string, ServiceFactory>): Promise<AwilixLike> {
  const { asFunction, createContainer } = await import('awilix')
  const container = createContainer({ strict: true })
  for (const [name, factory] of Object.entries(factories)) {
    const resolver = asFunction(factory).singleton()
    container.register(
      name,
      resolver.disposer((service: unknown) => end(service)),
    )
  }
  return container
}

function fromAwilix(container: AwilixLike): Services {
  return {
    has: (name) => container.hasRegistration(name),
    get: (name) => container.resolve(name),
    dispose: () => container.dispose(),
  }
}

function fromGetAndHas(container: GetAndHas): Services {
  return {
    has: (name) => container.has(name),
    get: (name) => container.get(name),
    dispose: async () => void (await container.dispose?.()),
  }
}

async function end(service: unknown): Promise<void> {
  if (typeof service !== 'object' || service === null) return
  if (Symbol.asyncDispose in service) await (service as AsyncDisposable)[Symbol.asyncDispose]()
  else if (Symbol.dispose in service) (service as Disposable)[Symbol.dispose]()
}
