/** An `http.Server` that the program made: it never listens itself; ours does, and calls its listeners by hand. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Next, NodeApp, NodeHandler } from './app-shape.ts'

export function serverApp(server: Server): NodeApp {
  return {
    kind: 'node',
    handle: serverHandler(server),
    server,
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  }
}

/** By hand and not with emit(), so that a listener that rejects fails its request and not the process. */
export function serverHandler(server: Server): NodeHandler {
  return (request, response, next) => {
    const event = request.headers.expect === undefined ? 'request' : expectation(server, request, response)
    const listeners = event === undefined ? [] : server.rawListeners(event)
    const call = (listener: Function): unknown => callListener(listener, server, request, response, next)
    const [only, ...more] = listeners
    if (only !== undefined && more.length === 0) return call(only)
    // Node leaves such a request open for ever.
    if (only === undefined && event !== undefined) return next()
    return Promise.all(listeners.map(call))
  }
}

function callListener(
  listener: Function,
  server: Server,
  request: IncomingMessage,
  response: ServerResponse,
  next: Next,
): unknown {
  // An app of Express or connect: errors that it would write to the console and the page come to us.
  const parameters = listener.length > 2 ? [request, response, next] : [request, response]
  return Reflect.apply(listener, server, parameters) as unknown
}

const CONTINUE = /(?:^|\W)100-continue(?:$|\W)/i

/** The event of a request with `Expect`, as node:http chooses it; undefined when it has been answered. */
function expectation(
  server: Server,
  request: IncomingMessage,
  response: ServerResponse,
): 'request' | 'checkContinue' | 'checkExpectation' | undefined {
  if (CONTINUE.test(request.headers.expect ?? '')) {
    if (server.listenerCount('checkContinue') > 0) return 'checkContinue'
    response.writeContinue()
    return 'request'
  }
  if (server.listenerCount('checkExpectation') > 0) return 'checkExpectation'
  response.writeHead(417).end()
  return undefined
}
