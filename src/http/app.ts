/** The kinds of apps: what the export of a user's module is, or why it is none. */
import { Server } from 'node:http'
import tls from 'node:tls'
import { TsrvError } from '../errors.ts'
import type { App, AppKind, NodeHandler, WebApp, WebHandler } from './app-shape.ts'
import { fastifyApp, h3App, isFastify, isH3, isKoa, isNest, koaApp, nestApp } from './frameworks.ts'
import { serverApp } from './program-server.ts'

/** @throws TsrvError TSRV_APP_INVALID */
export function asApp(exported: unknown, kind: AppKind, module: string): App {
  const app = recogniseApp(exported, kind)
  if (app === undefined) throw refusalOf(exported, 'default', module)
  return app
}

/** The app that an export is; undefined when it is none. */
export function recogniseApp(exported: unknown, kind: AppKind): App | undefined {
  return (
    // First, because apps of web frameworks are functions, too.
    (kind === 'node' ? undefined : fetchApp(exported)) ??
    (kind === 'web' ? undefined : frameworkApp(exported)) ??
    functionApp(exported, kind)
  )
}

/** `{ fetch }`, Hono, H3. */
function fetchApp(exported: unknown): WebApp | undefined {
  if (isH3(exported)) return h3App(exported)
  const fetch = (exported as { fetch?: unknown } | null | undefined)?.fetch
  if (typeof fetch !== 'function') return undefined
  return { kind: 'web', handle: (request, context) => fetch.call(exported, request, context) as unknown }
}

function frameworkApp(exported: unknown): App | undefined {
  if (exported instanceof Server) return serverApp(exported)
  // Before Fastify and Koa: a Nest app shows the methods of the framework under it.
  if (isNest(exported)) return nestApp(exported)
  if (isFastify(exported)) return fastifyApp(exported)
  return isKoa(exported) ? koaApp(exported) : undefined
}

/** `(request)`, `(req, res)`, `(req, res, next)` as Express and connect have it. */
function functionApp(exported: unknown, kind: AppKind): App | undefined {
  if (typeof exported !== 'function' || isClass(exported)) return undefined
  // `() => …` and `(req, res = …) => …` look alike by their length: `app.kind` settles such a doubt.
  const isWeb = kind === 'web' || (kind === 'auto' && exported.length <= 1)
  return isWeb
    ? { kind: 'web', handle: exported as WebHandler }
    : { kind: 'node', handle: exported as NodeHandler }
}

function isClass(value: Function): boolean {
  return /^class\b/.test(Function.prototype.toString.call(value))
}

/** Why an export is no app. */
export function refusalOf(exported: unknown, exportName: string, module: string): TsrvError {
  return notAnApp(module, exported === undefined ? `no ${exportName}` : describe(exported))
}

const EXPECTED =
  '{ fetch }, (request) => Response, (req, res) => …, an http.Server, an app of Express, Fastify, Koa or Nest, ' +
  'or nothing and calls listen() itself'

export function notAnApp(module: string, received: string): TsrvError {
  return new TsrvError('APP_INVALID', { module, received, expected: EXPECTED })
}

function describe(exported: unknown): string {
  if (exported instanceof tls.Server)
    return 'a server with TLS (export an http.Server: certificates are for tsrv or a proxy)'
  if (typeof exported === 'function' && isClass(exported))
    return `the class ${exported.name} (export an instance: new ${exported.name}())`
  return `a value of type ${exported === null ? 'null' : typeof exported}`
}
