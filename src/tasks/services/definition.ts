/** What the module of a service exports, and how it is told from a program that exports nothing. */
import { TsrvError } from '../../errors.ts'
import type { ServiceDefinition, ServiceContext } from '../../server.ts'

/**
 * A long-running program of yours, kept alive in a process of its own; named under `services` in the config.
 *
 * @returns what it was given; the types of its methods are for `server.service<typeof definition>(name)`
 * @example
 * // src/services/mailbox.ts
 * const mails: string[] = []
 * const mailbox = defineService({
 *   methods: { add: (mail: string) => mails.push(mail), list: () => mails },
 * })
 * export default mailbox
 */
export function defineService<const Definition extends ServiceDefinition>(
  definition: Definition,
): Definition {
  return definition
}

/**
 * @param exported a definition, a function (its `run`), or undefined for a program that starts when it is imported
 * @throws TsrvError TSRV_MODULE_FAILED
 */
export function asDefinition(exported: unknown, module: string): ServiceDefinition {
  if (exported === undefined) return {}
  if (typeof exported === 'function') return { run: exported as (context: ServiceContext) => unknown }
  const wrong = typeof exported === 'object' && exported !== null ? wrongPart(exported) : nameOf(exported)
  if (wrong === undefined) return exported as ServiceDefinition
  const reason = `it exports ${wrong}; expected a function, or an object with start, run, stop (functions) and methods (an object of functions)`
  throw new TsrvError('MODULE_FAILED', { module, role: 'service', reason })
}

function wrongPart(exported: object): string | undefined {
  for (const name of ['start', 'run', 'stop']) {
    const part: unknown = Reflect.get(exported, name)
    if (part !== undefined && typeof part !== 'function') return `${nameOf(part)} as ${name}`
  }
  const methods: unknown = Reflect.get(exported, 'methods')
  if (methods === undefined) return undefined
  if (typeof methods !== 'object' || methods === null) return `${nameOf(methods)} as methods`
  const wrong = Object.entries(methods).find(([, method]) => typeof method !== 'function')
  return wrong && `${nameOf(wrong[1])} as method "${wrong[0]}"`
}

function nameOf(value: unknown): string {
  return value === null ? 'null' : typeof value
}
