/** A container from an object of factories: awilix makes each service once, we end them in the opposite order. */
import { messageOf, TsrvError } from '../errors.ts'
import { isClass } from '../util/is-class.ts'
import type { Services } from './services.ts'

/**
 * Makes a service once per process or thread; it gets the other services by name.
 *
 * @example
 * export default {
 *   db: () => new Database(process.env.DB_URL),
 *   mailer: ({ db }) => new Mailer(db),
 * }
 */
export type ServiceFactory = (services: Readonly<Record<string, unknown>>) => unknown

interface Made {
  readonly name: string
  readonly service: unknown
}

/** @throws TsrvError TSRV_MODULE_FAILED naming the service whose factory is none */
export async function servicesOf(
  factories: Record<string, ServiceFactory>,
  module: string,
  onMade: (name: string, service: unknown) => void = () => {},
): Promise<Services> {
  const { asFunction, createContainer } = await import('awilix')
  const container = createContainer<Record<string, unknown>>({ strict: true })
  // Dependencies come first here: a service is added when its factory has returned.
  const made: Made[] = []
  for (const [name, factory] of Object.entries(factories)) {
    assertFactory(factory, name, module)
    const make = (services: Record<string, unknown>): unknown => {
      const service = runFactory(factory, services, name)
      made.push({ name, service })
      onMade(name, service)
      return service
    }
    container.register(name, asFunction(make).singleton())
  }
  return {
    has: (name) => container.hasRegistration(name),
    get(name) {
      if (!container.hasRegistration(name)) throw missing(name, Object.keys(factories))
      return container.resolve(name)
    },
    dispose: () => endAll(made.splice(0).toReversed()),
  }
}

function missing(service: string, names: readonly string[]): TsrvError {
  const known = names.slice(0, MOST_NAMES).join(', ')
  const reason = `it has ${known}${names.length > MOST_NAMES ? ' and more' : ''}`
  return new TsrvError('SERVICE_MISSING', { service, reason })
}

/** Of services, in an error. */
const MOST_NAMES = 20

function assertFactory(factory: unknown, name: string, module: string): asserts factory is ServiceFactory {
  const isNew = isClass(factory)
  if (typeof factory === 'function' && !isNew) return
  const found = isNew ? 'a class' : `of type ${factory === null ? 'null' : typeof factory}`
  const remedy = isNew ? `() => new ${(factory as Function).name || 'Service'}()` : '() => …'
  const reason = `its service "${name}" is ${found}; expected a function that makes it: { ${name}: ${remedy} }`
  throw new TsrvError('MODULE_FAILED', { module, role: 'container', reason })
}

function runFactory(factory: ServiceFactory, services: Record<string, unknown>, name: string): unknown {
  const failed = (error: unknown): never => {
    // What awilix says of unknown and circular services has several lines.
    const reason = messageOf(error).replaceAll(/\s+/g, ' ')
    throw new TsrvError('SERVICE_FAILED', { service: name, reason }, { cause: error })
  }
  try {
    const service = factory(services)
    return service instanceof Promise ? service.catch(failed) : service
  } catch (error) {
    return failed(error)
  }
}

/** One after the other, because a service may use what it was made from until it has ended. */
async function endAll(lastFirst: readonly Made[]): Promise<void> {
  const failures: { readonly name: string; readonly error: unknown }[] = []
  for (const { name, service } of lastFirst) {
    // An async factory that failed made nothing; whoever asked for it has been told.
    const ready: unknown = await Promise.resolve(service).catch(() => undefined)
    await end(ready).catch((error: unknown) => failures.push({ name, error }))
  }
  if (failures.length === 0) return
  const reasons = failures.map(({ name, error }) => `"${name}" (${messageOf(error)})`).join(', ')
  const cause =
    failures.length === 1 ? failures[0]?.error : new AggregateError(failures.map(({ error }) => error))
  throw new TsrvError('SERVICES_NOT_ENDED', { reasons }, { cause })
}

async function end(service: unknown): Promise<void> {
  if (typeof service !== 'object' || service === null) return
  if (Symbol.asyncDispose in service) await (service as AsyncDisposable)[Symbol.asyncDispose]()
  else if (Symbol.dispose in service) (service as Disposable)[Symbol.dispose]()
}
