/** From `(request) => Response` to `(req, res)`. The Request is @hono/node-server's until our own replaces it. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { TsrvError } from '../errors.ts'
import type { Server } from '../server.ts'
import type { Fail } from './failure.ts'
import type { OpenRequests } from './open-requests.ts'
import { sendResponse } from './web-answer.ts'

/** Second argument of a web handler. Hono shows it as `c.env`. */
export interface WebContext {
  readonly server: Server
  readonly incoming: IncomingMessage
  readonly outgoing: ServerResponse
}

export type NodeListener = (request: IncomingMessage, response: ServerResponse) => void

export type WebRun = (request: Request, context: WebContext) => unknown

/** What a run returns when it has given the request to somebody who answers by `context.outgoing`. */
export const HANDED_OVER: Response = RESPONSE_ALREADY_SENT

// HTTP/1.0 knows requests without Host; a URL needs one.
const HOST_OF_NO_HOST = 'localhost'

export interface WebListenerParts {
  readonly server: Server
  readonly fail: Fail
  readonly open: OpenRequests
}

export function webListener(run: WebRun, { server, fail, open }: WebListenerParts): NodeListener {
  const listener = getRequestListener(
    async (request, bindings) => {
      const incoming = bindings.incoming as IncomingMessage
      const outgoing = bindings.outgoing as ServerResponse
      const { current } = open
      if (current !== undefined) current.webRequest = request
      try {
        const answer = await run(request, new Connection(server, incoming, outgoing))
        if (!isResponse(answer)) throw unexpected(answer, incoming)
        await sendResponse(answer, outgoing)
      } catch (error) {
        fail(error, incoming, outgoing)
      }
      return HANDED_OVER
    },
    {
      // Replacing the global Request and Response would change the user's program.
      overrideGlobalObjects: false,
      hostname: HOST_OF_NO_HOST,
      // Gets only what is wrong with the request itself, before the app: a path or host that makes no URL.
      errorHandler(error) {
        server.log.warn({ reason: (error as Error).message }, 'Request refused')
        return new Response('Bad Request\n', { status: 400 })
      },
    },
  )
  return (request, response) => void listener(request, response)
}

/**
 * Aborts the signal of a request, with a reason of ours. The library aborts it by itself when the connection ends, but
 * says that the client has closed it; without this key of its own it still does that.
 */
export function abortWebRequest(request: Request, reason: Error): void {
  const key = Object.getOwnPropertySymbols(Object.getPrototypeOf(request)).find(isAbortKey)
  const abort: unknown = key === undefined ? undefined : Reflect.get(request, key)
  if (typeof abort === 'function') Reflect.apply(abort, request, [reason])
}

function isAbortKey({ description }: symbol): boolean {
  return description === 'abortRequest'
}

class Connection implements WebContext {
  readonly incoming: IncomingMessage
  readonly outgoing: ServerResponse
  readonly #server: Server

  constructor(server: Server, incoming: IncomingMessage, outgoing: ServerResponse) {
    this.#server = server
    this.incoming = incoming
    this.outgoing = outgoing
  }

  /** Hono's `getConnInfo` looks for the connection on `server` if there is one. */
  get server(): Server {
    const { incoming, outgoing } = this
    return Object.assign(Object.create(this.#server) as Server, { incoming, outgoing })
  }
}

/** By its tag, because frameworks and programs bring Response classes of their own. */
function isResponse(value: unknown): value is Response {
  return Object.prototype.toString.call(value) === '[object Response]'
}

function unexpected(answer: unknown, { method, url }: IncomingMessage): TsrvError {
  return new TsrvError('ANSWER_INVALID', { method: method ?? '', url: url ?? '', received: nameOf(answer) })
}

function nameOf(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  return typeof value === 'object'
    ? `an instance of ${value.constructor?.name ?? 'no class'}`
    : `a ${typeof value}`
}
