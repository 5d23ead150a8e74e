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
    throw new TsrvError('SERVICE_MISSING', { service })
  },
  dispose: async () => {},
}

/**
 * @param entry path or package, `#name` for another export than the default; undefined when the config names none
 * @throws TsrvError TSRV_MODULE_FAILED
 */
export async function loadServices(
  entry: string | undefined,
  root: string,
  server: Server,
): Promise<Services> {
  if (entry === undefined) return NO_SERVICES
  const { url, exportName } = resolveEntry(entry, root, 'container')
  const exported = (await importModule(url, 'container'))[exportName]
  const called = typeof exported === 'function'
  const container: unknown = called ? await callExported(exported, server, entry) : exported
  if (typeof container === 'object' && container !== null) return openContainer(container, entry)
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

function openContainer(container: object, module: string): Services | Promise<Services> {
  if (isAwilix(container)) {
    return asking({
      has: (name) => container.hasRegistration(name),
      get: (name) => container.resolve(name),
      dispose: () => container.dispose?.(),
    })
  }
  if (hasGetAndHas(container)) return asking(container)
  return servicesOf(container as Record<string, ServiceFactory>, module)
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
function asking(container: GetAndHas): Services {
  let isDisposed = false
  return {
    has: (name) => container.has(name),
    get(name) {
      if (!container.has(name)) throw new TsrvError('SERVICE_MISSING', { service: name })
      try {
        return container.get(name)
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

function isAwilix(value: object): value is Awilix {
  return hasMethods(value, 'resolve', 'hasRegistration')
}

function hasGetAndHas(value: object): value is GetAndHas {
  return hasMethods(value, 'get', 'has')
}

function hasMethods(value: object, ...names: string[]): boolean {
  return names.every((name) => typeof Reflect.get(value, name) === 'function')
}
