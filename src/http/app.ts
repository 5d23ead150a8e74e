/** The user's app: which file it is, what it exports, and whether it speaks the web's or Node's language. */
import { existsSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import path from 'node:path'
import { TsrvError } from '../errors.ts'
import { importModule, isModuleEntry, resolveEntry } from '../util/load-module.ts'

export type NodeHandler = (request: IncomingMessage, response: ServerResponse) => unknown
export type WebHandler = (request: Request, context: object) => unknown

export type App =
  | { readonly kind: 'node'; readonly handle: NodeHandler }
  | { readonly kind: 'web'; readonly handle: WebHandler }

export type AppKind = 'node' | 'web' | 'auto'

export interface AppChoice {
  /** Path relative to `root`, or `pkg:name`; undefined looks in the usual places. */
  readonly module: string | undefined
  readonly kind: AppKind
  readonly root: string
}

const PLACES = ['src/app', 'app', 'src/index']
const EXTENSIONS = ['.ts', '.mts', '.js', '.mjs', '.cjs']

/** @throws TsrvError TSRV_APP_NOT_FOUND, TSRV_APP_INVALID or TSRV_MODULE_FAILED */
export async function loadApp({ module, kind, root }: AppChoice): Promise<App> {
  const entry = module ?? findApp(root)
  const { url, exportName } = resolveEntry(isModuleEntry(entry) ? entry : `./${entry}`, root, 'app')
  const exports = await importModule(url, 'app')
  const exported = exportName === 'default' ? defaultOf(exports) : exports[exportName]
  if (exported === undefined) throw invalid(entry, `no ${exportName}`)
  return asApp(exported, kind, entry)
}

function findApp(root: string): string {
  const candidates = PLACES.flatMap((place) => EXTENSIONS.map((extension) => `./${place}${extension}`))
  const found = candidates.find((candidate) => existsSync(path.join(root, candidate)))
  if (found !== undefined) return found
  const tried = `${PLACES.join(', ')} (${EXTENSIONS.join(' ')}) in ${root}`
  throw new TsrvError('APP_NOT_FOUND', { tried })
}

function defaultOf(exports: Record<string, unknown>): unknown {
  const found = exports['default']
  // A file compiled to CommonJS marks itself; Node then shows its whole `exports` as the default.
  const isCompiled = typeof found === 'object' && found !== null && Reflect.get(found, '__esModule') === true
  return isCompiled ? Reflect.get(found, 'default') : found
}

/**
 * Decides what an export is. `fetch` is looked for first, because apps of web frameworks are functions too.
 *
 * @throws TsrvError TSRV_APP_INVALID
 */
export function asApp(exported: unknown, kind: AppKind, module: string): App {
  const fetch = (exported as { fetch?: unknown } | null | undefined)?.fetch
  if (typeof fetch === 'function' && kind !== 'node') {
    return { kind: 'web', handle: (request, context) => fetch.call(exported, request, context) as unknown }
  }
  if (typeof exported !== 'function') {
    throw invalid(module, `a value of type ${exported === null ? 'null' : typeof exported}`)
  }
  if (isClass(exported))
    throw invalid(module, `the class ${exported.name} (export an instance: new ${exported.name}())`)
  // `() => …` and `(req, res = …) => …` look alike by their length: `app.kind` settles such a doubt.
  const isWeb = kind === 'web' || (kind === 'auto' && exported.length <= 1)
  return isWeb
    ? { kind: 'web', handle: exported as WebHandler }
    : { kind: 'node', handle: exported as NodeHandler }
}

function isClass(value: Function): boolean {
  return /^class\b/.test(Function.prototype.toString.call(value))
}

function invalid(module: string, received: string): TsrvError {
  const expected = '{ fetch }, (request) => Response, or (req, res) => …'
  return new TsrvError('APP_INVALID', { module, received, expected })
}
