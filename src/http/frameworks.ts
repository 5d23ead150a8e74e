/** Apps of Koa, Fastify, Nest and H3: known by their methods, so that none of these packages is needed here. */
import { subscribe } from 'node:diagnostics_channel'
import { type IncomingMessage, Server } from 'node:http'
import type { NodeApp, NodeHandler, WebApp } from './app-shape.ts'
import { statusOf } from './failure.ts'
import { serverHandler } from './program-server.ts'
import type { WebContext } from './web-listener.ts'

interface Koa {
  readonly silent?: boolean
  callback(): NodeHandler
  use(middleware: unknown): unknown
  on(
    event: 'error',
    listener: (error: KoaError, context?: { readonly req: IncomingMessage }) => void,
  ): unknown
  listenerCount(event: 'error'): number
}

interface KoaError {
  readonly status?: number
  readonly expose?: boolean
}

export function isKoa(value: unknown): value is Koa {
  return has(value, ['callback', 'use', 'on', 'listenerCount'])
}

export function koaApp(app: Koa): NodeApp {
  let handle: NodeHandler | undefined
  return {
    kind: 'node',
    // Not before `watch`: it writes errors to the console unless somebody listens for them.
    handle: (request, response, next) => (handle ??= app.callback())(request, response, next),
    watch(report) {
      if (app.listenerCount('error') > 0) return
      app.on('error', (error, context) => {
        // What Koa itself thinks worth telling.
        const isTold = error.status !== 404 && error.expose !== true && app.silent !== true
        if (isTold && context !== undefined) report(error, context.req)
      })
    },
  }
}

interface Fastify {
  readonly server: unknown
  readonly log: object
  readonly routing: NodeHandler
  ready(): PromiseLike<unknown>
  close(): PromiseLike<unknown>
  addHook(
    name: 'onError',
    hook: (request: FastifyRequest, reply: unknown, error: unknown, done: () => void) => void,
  ): unknown
}

interface FastifyRequest {
  readonly raw: IncomingMessage
}

export function isFastify(value: unknown): value is Fastify {
  return has(value, ['routing', 'ready', 'close', 'addHook'])
}

export function fastifyApp(app: Fastify): NodeApp {
  return {
    ...behind(app.server, (request, response, next) => app.routing(request, response, next)),
    start: () => app.ready(),
    close: () => app.close(),
    watch(report) {
      // The stand-in for a logger that nobody asked for has no level: errors of routes would be told nowhere.
      if ('level' in app.log) return
      const tell = ({ raw }: FastifyRequest, error: unknown): void => {
        if (statusOf(error) >= 500) report(error, raw)
      }
      try {
        app.addHook('onError', (request, _reply, error, done) => {
          tell(request, error)
          done()
        })
      } catch {
        // An app that is ready takes no more hooks; its channel tells of the errors of handlers.
        subscribe('tracing:fastify.request.handler:error', (message) => {
          const { request, error } = message as { readonly request: FastifyRequest; readonly error: unknown }
          tell(request, error)
        })
      }
    },
  }
}

interface Nest {
  init(): PromiseLike<unknown>
  close(): PromiseLike<unknown>
  getHttpServer(): unknown
  getHttpAdapter(): { getInstance(): unknown }
}

export function isNest(value: unknown): value is Nest {
  return has(value, ['init', 'close', 'getHttpServer', 'getHttpAdapter'])
}

export function nestApp(app: Nest): NodeApp {
  const instance = app.getHttpAdapter().getInstance()
  const under = isFastify(instance) ? fastifyApp(instance) : undefined
  return {
    ...behind(app.getHttpServer(), under?.handle ?? (instance as NodeHandler)),
    async start() {
      await app.init()
      await under?.start?.()
    },
    close: () => app.close(),
  }
}

interface H3 {
  fetch(request: Request): unknown
}

export function isH3(value: unknown): value is H3 {
  return has(value, ['fetch', 'handler', 'mount', 'on', 'use'])
}

export function h3App(app: H3): WebApp {
  return {
    kind: 'web',
    handle(request, context) {
      const { incoming: req, outgoing: res } = context as WebContext
      // Where it looks for the address of the client, and for what handlers of Node need.
      Object.assign(request, { ip: req.socket.remoteAddress, runtime: { name: 'node', node: { req, res } } })
      return app.fetch(request)
    },
  }
}

/** Served through the server that the framework made: what hooks into that, as Socket.IO does, sees requests. */
function behind(server: unknown, handle: NodeHandler): NodeApp {
  if (!(server instanceof Server)) return { kind: 'node', handle }
  return { kind: 'node', handle: serverHandler(server), server }
}

function has(value: unknown, methods: readonly string[]): boolean {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false
  return methods.every((method) => typeof Reflect.get(value, method) === 'function')
}
