/**
 * One request from the gate to its answer: gate, RequestEvent, app. A throwing app gives 500, one log record
 * and a request id; the worker lives.
 */
import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { EventDispatcher } from '../events/dispatcher.ts'
import { RequestEvent } from '../events/request-event.ts'
import type { Server } from '../server.ts'
import { logAccess } from './access-log.ts'
import type { App } from './app.ts'
import { inspectRequest } from './request-gate.ts'
import { webListener } from './web-listener.ts'

export interface RequestHandlerOptions {
  readonly app: App
  readonly server: Server
  readonly dispatcher: EventDispatcher
  readonly accessLog: boolean
}

export function requestHandler(
  options: RequestHandlerOptions,
): (request: IncomingMessage, response: ServerResponse) => void {
  const { server } = options
  const fail = (error: unknown, request: IncomingMessage, response: ServerResponse): void =>
    answerFailure(error, request, response, server)
  const run = appListener(options, fail)
  return (request, response) => {
    if (options.accessLog) logAccess(request, response, server.log)
    const refusal = inspectRequest(request)
    if (refusal !== undefined) {
      server.log.warn({ reason: refusal.reason, remote: request.socket.remoteAddress }, 'Request refused')
      answerText(response, refusal.status, { connection: 'close' })
      return
    }
    run(request, response)
  }
}

type Run = (request: IncomingMessage, response: ServerResponse) => void
type Fail = (error: unknown, request: IncomingMessage, response: ServerResponse) => void

function appListener({ app, server, dispatcher }: RequestHandlerOptions, fail: Fail): Run {
  const node: Run = (request, response) => {
    if (app.kind === 'node') guard(() => app.handle(request, response), request, response, fail)
  }
  // Without a listener no web Request is made for an app that does not want one.
  if (!dispatcher.hasListeners(RequestEvent)) {
    return app.kind === 'node'
      ? node
      : webListener((request, context) => app.handle(request, context), server, fail)
  }
  return webListener(
    async (request, context, passOn) => {
      const event = await dispatcher.dispatch(new RequestEvent(server, request))
      if (event.response !== undefined) return event.response
      return app.kind === 'web' ? app.handle(request, context) : passOn(node)
    },
    server,
    fail,
  )
}

function guard(run: () => unknown, request: IncomingMessage, response: ServerResponse, fail: Fail): void {
  try {
    const returned = run()
    if (returned instanceof Promise) returned.catch((error: unknown) => fail(error, request, response))
  } catch (error) {
    fail(error, request, response)
  }
}

function answerFailure(
  error: unknown,
  request: IncomingMessage,
  response: ServerResponse,
  server: Server,
): void {
  const requestId = randomUUID()
  const { method, url } = request
  server.log.error({ err: error, requestId, method, url }, 'Request failed')
  // Part of an answer is out: the only honest end left is to break the connection.
  if (response.headersSent) response.destroy()
  else answerText(response, 500, { 'x-request-id': requestId })
}

const TEXTS = { 400: 'Bad Request', 500: 'Internal Server Error', 505: 'HTTP Version Not Supported' } as const

function answerText(
  response: ServerResponse,
  status: keyof typeof TEXTS,
  headers: Record<string, string>,
): void {
  const body = `${TEXTS[status]}\n`
  for (const name of response.getHeaderNames()) response.removeHeader(name)
  response.writeHead(status, { 'content-type': 'text/plain', 'content-length': body.length, ...headers })
  response.end(body)
}
