/** From `(request) => Response` to `(req, res)`, by @hono/node-server until our own light adapter replaces it. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import type { Server } from '../server.ts'

/** Second argument of a web handler. Hono shows it as `c.env`. */
export interface WebContext {
  readonly server: Server
  readonly incoming: IncomingMessage
  readonly outgoing: ServerResponse
}

type NodeListener = (request: IncomingMessage, response: ServerResponse) => void

/** Answers a request, or passes it on to a `(req, res)` listener. */
export type WebRun = (
  request: Request,
  context: WebContext,
  passOn: (listener: NodeListener) => Response,
) => unknown

export function webListener(
  run: WebRun,
  server: Server,
  fail: (error: unknown, request: IncomingMessage, response: ServerResponse) => void,
): NodeListener {
  const listener = getRequestListener(
    async (request, bindings) => {
      const incoming = bindings.incoming as IncomingMessage
      const outgoing = bindings.outgoing as ServerResponse
      const passOn = (next: NodeListener): Response => {
        next(incoming, outgoing)
        return RESPONSE_ALREADY_SENT
      }
      try {
        const answer = await run(request, { server, incoming, outgoing }, passOn)
        if (answer instanceof Response) return answer
        throw new TypeError(
          `The app answered ${request.method} ${request.url} with ${nameOf(answer)}; expected a Response`,
        )
      } catch (error) {
        fail(error, incoming, outgoing)
        return RESPONSE_ALREADY_SENT
      }
    },
    // Replacing the global Request and Response would be faster, and would change the user's program.
    { overrideGlobalObjects: false },
  )
  return (request, response) => void listener(request, response)
}

function nameOf(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  return typeof value === 'object'
    ? `an instance of ${value.constructor?.name ?? 'no class'}`
    : `a ${typeof value}`
}
