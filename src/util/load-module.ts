/**
 * Loading user modules by the way config names them: `./file.ts`, `./file.ts#name`, `pkg:name`, `pkg:name#export`.
 */
import { existsSync } from 'node:fs'
import { registerHooks } from 'node:module'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { messageOf, TsrvError } from '../errors.ts'
import { syntaxPlace } from './syntax-place.ts'
import { decoratorBehind, isUnerasable } from './unerasable-syntax.ts'

const PACKAGE = 'pkg:'

/** Whether an entry names a module; anything else is the name of a container service. */
export function isModuleEntry(entry: string): boolean {
  return entry.startsWith('.') || path.isAbsolute(entry) || entry.startsWith(PACKAGE)
}

export interface ModuleEntry {
  readonly url: string
  /** Name of the export; `default` unless the entry has a `#name`. */
  readonly exportName: string
}

/**
 * Where an entry points to, relative to `root`.
 *
 * @throws TsrvError TSRV_MODULE_FAILED when there is no such file or package
 */
export function resolveEntry(entry: string, root: string, role: string): ModuleEntry {
  const hash = entry.indexOf('#', 1)
  const module = hash === -1 ? entry : entry.slice(0, hash)
  const exportName = hash === -1 ? 'default' : entry.slice(hash + 1)
  if (module.startsWith(PACKAGE)) {
    return { url: resolvePackage(module.slice(PACKAGE.length), root, role), exportName }
  }
  const file = path.resolve(root, module)
  if (!isThere(file)) {
    throw new TsrvError('MODULE_FAILED', { module, role, reason: `there is no file ${file}` })
  }
  return { url: pathToFileURL(file).href, exportName }
}

/** Node is asked for a missing file, too: hooks of those who watch files hear then where it would have to appear. */
export function isThere(file: string): boolean {
  if (existsSync(file)) return true
  try {
    import.meta.resolve(pathToFileURL(file).href)
  } catch {
    // It is as missing as before.
  }
  return false
}

/** @throws TsrvError TSRV_MODULE_FAILED, its cause being what the module threw */
export async function importModule(url: string, role: string): Promise<Record<string, unknown>> {
  try {
    return (await import(url)) as Record<string, unknown>
  } catch (error) {
    const module = url.startsWith('file:') ? path.relative('', fileURLToPath(url)) : url
    throw new TsrvError(
      'MODULE_FAILED',
      { module, role, reason: describeLoadError(error, url) },
      { cause: error },
    )
  }
}

/** The value an entry names; `undefined` when the module has no such export. */
export async function loadExport(entry: string, root: string, role: string): Promise<unknown> {
  const { url, exportName } = resolveEntry(entry, root, role)
  const module = await importModule(url, role)
  return module[exportName]
}

// `import.meta.resolve` takes no parent without a flag, and `require.resolve` refuses packages that export to
// `import` only; a hook that exists for this one call sets the parent.
function resolvePackage(specifier: string, root: string, role: string): string {
  const parentURL = pathToFileURL(path.join(root, 'package.json')).href
  const hook = registerHooks({
    resolve: (name, context, next) => next(name, name === specifier ? { ...context, parentURL } : context),
  })
  try {
    return import.meta.resolve(specifier)
  } catch (error) {
    const reason = `the package is not installed in ${root} (${messageOf(error)})`
    throw new TsrvError('MODULE_FAILED', { module: `${PACKAGE}${specifier}`, role, reason }, { cause: error })
  } finally {
    hook.deregister()
  }
}

const REMEDY =
  'Node strips types and nothing more: build this file first, or pass a loader such as tsx through processes.execArgv'

/**
 * One line: the message, where it happened if that can be told, and the remedy for what type stripping cannot do.
 *
 * @param entry - path or URL of the module that was to be loaded, to look for what Node does not name
 */
export function describeLoadError(error: unknown, entry?: string): string {
  if (!(error instanceof Error)) return String(error)
  const decorator = entry === undefined ? undefined : decoratorBehind(error, entry)
  if (decorator !== undefined) {
    const { file, line } = decorator
    return `${error.name}: Decorators are not supported (${file}:${line}). ${REMEDY}`
  }
  const first = error.stack?.split('\n', 1)[0] ?? ''
  // An error of syntax in TypeScript or CommonJS begins its stack with the place: `file:///app/x.ts:3`.
  const place =
    /^(?:file:\/\/)?(\/.+:\d+)$/.exec(first)?.[1] ??
    placeInStack(error.stack ?? '') ??
    placeOfSyntax(error, entry)
  const message = (error.message.split('\n', 1)[0] ?? '').trim()
  const at = place === undefined || message.includes(place) ? '' : ` (${place.replace('file://', '')})`
  return `${error.name}: ${message}${at}${isUnerasable(error) ? `. ${REMEDY}` : ''}`
}

function placeOfSyntax(error: Error, entry: string | undefined): string | undefined {
  const place = entry === undefined ? undefined : syntaxPlace(error, entry)
  return place && `${place.file}:${place.line}`
}

const FRAME = /(?:^|[( ])((?:file:\/\/)?\/[^()\s]+:\d+):\d+\)?$/gm
/** Of this package: where it refused something says less than where that stands. */
const OWN_SOURCES = new URL('..', import.meta.url).href

/** Nor do frames of Node itself, `node:internal/…`, say anything about the user's file. */
function placeInStack(stack: string): string | undefined {
  const places = [...stack.matchAll(FRAME)].map(([, place]) => place ?? '')
  return places.find((place) => !place.startsWith(OWN_SOURCES)) ?? places[0]
}
