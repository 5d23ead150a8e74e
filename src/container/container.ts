/**
 * Services by name, from the module that `container` in the config names: which of the accepted forms its
 * export has, and how each of them is asked.
 */
import { messageOf, TsrvError } from '../errors.ts'
import type { Server } from '../server.ts'
import { importModule, resolveEntry } from '../util/load-module.ts'
import { servicesOf, type ServiceFactory } from './factories.ts'
import type { Services } from './services.ts'

export type { ServiceFactory, Services }

export const NO_SERVICES: Services = {
  has: () => false,
  get: (service) => {
    const reason = 'the setting `container` names no module'
    throw new TsrvError('SERVICE_MISSING', { service, reason })
  },
  dispose: async () => {},
}

/** Hears of each service when it has been made. */
export type OnMade = (name: string, service: unknown) => void

/**
 * @param entry path or package, `#name` for another export than the default; undefined when the config names none
 * @throws TsrvError TSRV_MODULE_FAILED
 */
export async function loadServices(
  entry: string | undefined,
  root: string,
  server: Server,
  onMade: OnMade = () => {},
): Promise<Services> {
  if (entry === undefined) return NO_SERVICES
  const { url, exportName } = resolveEntry(entry, root, 'container')
  const exported = (await importModule(url, 'container'))[exportName]
  const called = typeof exported === 'function'
  const container: unknown = called ? await callExported(exported, server, entry) : exported
  if (typeof container === 'object' && container !== null) {
    return openContainer(container, entry, { server, onMade })
  }
  const what = called ? `what its export "${exportName}" returns` : `its export "${exportName}"`
  const found = container === null ? 'null' : typeof container
  const reason = `${what} is ${found}; expected an object of factories or a container with get() and has()`
  throw new TsrvError('MODULE_FAILED', { module: entry, role: 'container', reason })
}

async function callExported(exported: Function, server: Server, module: string): Promise<unknown> {
  try {
    return (await exported({ server })) as unknown
  } catch (error) {
    const reason = `its function threw: ${messageOf(error)}`
    throw new TsrvError('MODULE_FAILED', { module, role: 'container', reason }, { cause: error })
  }
}

function openContainer(
  container: object,
  module: string,
  { server, onMade }: { readonly server: Server; readonly onMade: OnMade },
): Services | Promise<Services> {
  if (isAwilix(container)) {
    const asked = {
      has: (name: string) => container.hasRegistration(name),
      get: (name: string) => container.resolve(name),
      dispose: () => container.dispose?.(),
    }
    return asking(asked, onMade)
  }
  if (hasGetAndHas(container)) return asking(container, onMade)
  // What every service may ask for; a factory of the user's with one of these names comes before it.
  const given = { server: () => server, events: () => server.events }
  return servicesOf({ ...given, ...(container as Record<string, ServiceFactory>) }, module, onMade)
}

interface GetAndHas {
  get(name: string): unknown
  has(name: string): boolean
  dispose?(): unknown
}

interface Awilix {
  resolve(name: string): unknown
  hasRegistration(name: string): boolean
  dispose?(): unknown
}

/** A container of the user's: how services end, and in which order, is its own business. */
function asking(container: GetAndHas, onMade: OnMade): Services {
  let isDisposed = false
  return {
    has: (name) => container.has(name),
    get(name) {
      if (!container.has(name)) throw missing(name)
      try {
        const service = container.get(name)
        onMade(name, service)
        return service
      } catch (error) {
        throw new TsrvError('SERVICE_FAILED', { service: name, reason: messageOf(error) }, { cause: error })
      }
    },
    async dispose() {
      if (isDisposed) return
      isDisposed = true
      await container.dispose?.()
    },
  }
}

function missing(service: string): TsrvError {
  return new TsrvError('SERVICE_MISSING', { service, reason: 'its has() says so' })
}

function isAwilix(value: object): value is Awilix {
  return hasMethods(value, 'resolve', 'hasRegistration')
}

function hasGetAndHas(value: object): value is GetAndHas {
  return hasMethods(value, 'get', 'has')
}

function hasMethods(value: object, ...names: string[]): boolean {
  return names.every((name) => typeof Reflect.get(value, name) === 'function')
}
