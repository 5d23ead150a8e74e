/**
 * The admin listener: HTTP over TCP for those who look after the server from outside, such as Kubernetes. The supervisor
 * answers, so busy or broken workers do not make it silent.
 */
import { timingSafeEqual, createHash } from 'node:crypto'
import { once } from 'node:events'
import type { IncomingMessage, Server } from 'node:http'
import { type AddressInfo, BlockList, isIP, isIPv6 } from 'node:net'
import { messageOf, TsrvError } from '../errors.ts'
import { closeSoon, PATIENCE, refuseMalformed, sendJson } from './json-answers.ts'
import type { Health, Status } from './protocol.ts'
import { refusal, type Reply } from './requests.ts'

// Importing node:http as a module reads all its exports, one of which loads undici: 20 ms that nobody here needs.
const { createServer } = process.getBuiltinModule('node:http')

/** Strangers may reach the port: they must not use up the descriptors of the supervisor. */
const MOST_CONNECTIONS = 100

export interface AdminHandlers {
  /** At once, without asking a process. */
  readonly health: () => Health
  readonly status: () => Promise<Status>
}

export interface AdminServerOptions {
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  /** What `GET /status` wants; without it only this machine may ask. */
  readonly token: string | undefined
}

/**
 * | route | answer |
 * |---|---|
 * | `GET /live` | 200 while there is sense in waiting; 503 when no HTTP worker takes requests and none stays alive |
 * | `GET /ready` | 200 when requests should be sent here, else 503 with the reason |
 * | `GET /status` | 200 with a `Status`; 401 without the token; 403 from another machine when there is no token |
 * | another one | 404; 405 when it is not GET or HEAD |
 */
const ROUTES = {
  '/live': { isOpen: true, answer: ({ health }: AdminHandlers): Reply => liveness(health()) },
  '/ready': { isOpen: true, answer: ({ health }: AdminHandlers): Reply => readiness(health()) },
  '/status': {
    isOpen: false,
    answer: async ({ status }: AdminHandlers): Promise<Reply> => ({ status: 200, body: await status() }),
  },
} as const satisfies Readonly<Record<string, AdminRoute>>

interface AdminRoute {
  /** For everyone who can reach the port. */
  readonly isOpen: boolean
  readonly answer: (handlers: AdminHandlers) => Reply | Promise<Reply>
}

/**
 * @example
 * await using admin = new AdminServer({ host: '127.0.0.1', port: 9090, token: undefined })
 * await admin.start({ health: () => supervisor.health, status })
 */
export class AdminServer implements AsyncDisposable {
  readonly #options: AdminServerOptions
  #server: Server | undefined
  #stopped: Promise<void> | undefined

  constructor(options: AdminServerOptions) {
    this.#options = options
  }

  /** @throws the error of the system when the address cannot be had */
  async start(handlers: AdminHandlers): Promise<void> {
    if (this.#server !== undefined || this.#stopped !== undefined) throw new TsrvError('ALREADY_STARTED')
    const { host, port, token } = this.#options
    const server = createServer({ ...PATIENCE }, (request, response) => {
      reply(request, handlers, token).then(
        (answer) => sendJson(response, answer),
        () => response.destroy(),
      )
    })
    server.maxConnections = MOST_CONNECTIONS
    server.on('clientError', refuseMalformed)
    this.#server = server
    server.listen({ host, port, exclusive: true })
    await once(server, 'listening')
    // A failing accept (too many open files) concerns one connection, not the process.
    server.on('error', () => {})
  }

  /** Such as `http://127.0.0.1:9090`; undefined before it has started. */
  get url(): string | undefined {
    const address = this.#server?.address() as AddressInfo | null | undefined
    if (!address) return undefined
    return `http://${isIPv6(address.address) ? `[${address.address}]` : address.address}:${address.port}`
  }

  /** Idempotent. Answers under way get half a second. */
  stop(): Promise<void> {
    this.#stopped ??= this.#server?.listening === true ? closeSoon(this.#server) : Promise.resolve()
    return this.#stopped
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }
}

type AdminReply = Reply & { readonly headers?: Readonly<Record<string, string>> }

async function reply(
  request: IncomingMessage,
  handlers: AdminHandlers,
  token: string | undefined,
): Promise<AdminReply> {
  const path = (request.url ?? '').replace(/\?.*/s, '')
  if (!isRoute(path)) return refusal(404, 'NOT_FOUND', `No route ${path}; there are ${PATHS}`)
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return { ...refusal(405, 'METHOD', 'Ask with GET'), headers: { allow: 'GET, HEAD' } }
  const { isOpen, answer } = ROUTES[path]
  try {
    return (isOpen ? undefined : refuseStranger(request, token)) ?? (await answer(handlers))
  } catch (error) {
    return refusal(500, error instanceof TsrvError ? error.code : 'INTERNAL', messageOf(error))
  }
}

const PATHS = Object.keys(ROUTES).join(', ')

function isRoute(path: string): path is keyof typeof ROUTES {
  return Object.hasOwn(ROUTES, path)
}

/** There is hope as long as it starts, serves, or can be expected to: a worker that blocks will be replaced. */
function liveness({ state, http }: Health): Reply {
  if (state !== 'unhealthy' || http !== 'gone') return { status: 200, body: { live: true } }
  return { status: 503, body: { live: false, reason: 'no HTTP worker stays alive' } }
}

/**
 * Whoever is not ready gets no requests, so it says yes as long as one worker takes them. A server with a broken service
 * is unhealthy and serves; with the same code everywhere a no would take all servers out at once.
 */
function readiness({ state, http }: Health): Reply {
  const reason = state === 'starting' || state === 'stopping' ? REASONS[state] : REASONS[http]
  if (reason === undefined) return { status: 200, body: { ready: true } }
  return { status: 503, body: { ready: false, state, reason } }
}

/** Without details: who may know them asks for the status. */
const REASONS = {
  starting: 'the server is starting',
  stopping: 'the server stops',
  serving: undefined,
  blocked: 'every HTTP worker is blocked',
  gone: 'no HTTP worker takes requests now',
} as const

function refuseStranger(request: IncomingMessage, token: string | undefined): AdminReply | undefined {
  if (token !== undefined) {
    const given = /^Bearer +(.+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? ''
    if (isSame(given, token)) return undefined
    const headers = { 'www-authenticate': 'Bearer realm="tsrv"' }
    return { ...refusal(401, 'TOKEN', 'This wants the token of admin.token'), headers }
  }
  if (isThisMachine(request)) return undefined
  return refusal(403, 'FORBIDDEN', 'Set admin.token, and send it, to ask from another machine')
}

/** Takes the same time wherever they differ. */
function isSame(given: string, wanted: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(wanted))
}

const LOOPBACK = new BlockList()
LOOPBACK.addSubnet('127.0.0.0', 8)
LOOPBACK.addAddress('::1', 'ipv6')

/** By its host as well: a page in a browser here may have had its own name point to 127.0.0.1. */
function isThisMachine({ socket, headers }: IncomingMessage): boolean {
  const host = (headers.host ?? '').replace(/:\d+$/, '').replaceAll(/^\[|\]$/g, '')
  return isLoopback(socket.remoteAddress ?? '') && (host === 'localhost' || isLoopback(host))
}

function isLoopback(address: string): boolean {
  const version = isIP(address)
  return version !== 0 && LOOPBACK.check(address, version === 6 ? 'ipv6' : 'ipv4')
}
