/** The user's app: which file it is, when it is known what it is, and the start it needs before it is served. */
import type { Server } from 'node:http'
import path from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { isPromise } from 'node:util/types'
import { TsrvError } from '../errors.ts'
import type { Logger } from '../server.ts'
import { describeLoadError, importModule, isModuleEntry, isThere, resolveEntry } from '../util/load-module.ts'
import { notAnApp, recogniseApp, refusalOf } from './app.ts'
import type { App, AppKind } from './app-shape.ts'
import { reporting } from './failure.ts'
import { listenedLater } from './late-listen.ts'
import type { ListenCapture } from './listen-capture.ts'
import { serverApp, serverHandler } from './program-server.ts'

export interface AppChoice {
  /** Path relative to `root`, or `pkg:name`; undefined looks in the usual places. */
  readonly module: string | undefined
  readonly kind: AppKind
  readonly root: string
  /** Has been started: it catches the server of a module that calls `listen()` itself. */
  readonly listens: ListenCapture
  /** Milliseconds that a module without an export has to call `listen()`, while something of it is under way. */
  readonly patience: number
  readonly log: Logger
}

const PLACES = ['src/app', 'app', 'src/index']
const EXTENSIONS = ['.ts', '.mts', '.js', '.mjs', '.cjs']

/**
 * Imports the app and makes it ready for requests.
 *
 * @throws TsrvError TSRV_APP_NOT_FOUND, TSRV_APP_INVALID or TSRV_MODULE_FAILED
 */
export async function loadApp(choice: AppChoice): Promise<App> {
  const module = choice.module ?? findApp(choice.root)
  const { url, exportName } = resolveEntry(isModuleEntry(module) ? module : `./${module}`, choice.root, 'app')
  const resources = process.getActiveResourcesInfo()
  const exports = await importModule(url, 'app')
  const found = exportName === 'default' ? defaultOf(exports) : exports[exportName]
  // Promises alone: a Fastify app can be awaited as well, and is ready then, too early for `watch`.
  const exported: unknown = isPromise(found) ? await found : found
  const app = await decide({ module, exportName, exported, resources }, choice)
  app.watch?.(reporting(choice.log))
  try {
    await app.start?.()
  } catch (error) {
    throw new TsrvError(
      'MODULE_FAILED',
      { module, role: 'app', reason: describeLoadError(error) },
      { cause: error },
    )
  }
  return app
}

function findApp(root: string): string {
  const candidates = PLACES.flatMap((place) => EXTENSIONS.map((extension) => `./${place}${extension}`))
  const found = candidates.find((candidate) => isThere(path.join(root, candidate)))
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

interface Imported {
  readonly module: string
  readonly exportName: string
  readonly exported: unknown
  /** What kept the process alive before the import. */
  readonly resources: readonly string[]
}

async function decide(imported: Imported, { kind, listens, patience }: AppChoice): Promise<App> {
  const { module, exportName, exported, resources } = imported
  // Programs export their app and call listen() a tick later.
  await nextTurn()
  const app = recogniseApp(exported, kind)
  if (app !== undefined) {
    listens.narrow(
      (server) => server === app.server || (server.listeners('request') as unknown[]).includes(exported),
    )
    return withServer(app, listens.taken, kind)
  }
  if (listens.taken !== undefined) return serverApp(listens.taken)
  if (!isNothing(exported) || kind === 'web') throw refusalOf(exported, exportName, module)
  const server = await listenedLater(listens, resources, AbortSignal.timeout(patience))
  if (server === undefined) throw notAnApp(module, `no ${exportName} and called no listen()`)
  return serverApp(server)
}

/**
 * A program that exports its app and calls listen() as well: what it exports is served, unless its server has
 * WebSockets, whose libraries answer plain requests there, too.
 */
function withServer(app: App, server: Server | undefined, kind: AppKind): App {
  if (server === undefined || server === app.server || kind === 'web') return app
  if (server.listenerCount('upgrade') === 0) return app
  return { ...serverApp(server), ...app, kind: 'node', handle: serverHandler(server), server }
}

/** Node shows a CommonJS file that exports nothing as an empty object. */
function isNothing(exported: unknown): boolean {
  if (exported === undefined) return true
  return typeof exported === 'object' && exported !== null && Reflect.ownKeys(exported).length === 0
}
