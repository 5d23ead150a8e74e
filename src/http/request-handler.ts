/** One request from the gate to its answer: gate, RequestEvent, app. Whatever the app throws, the worker lives. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { TsrvError } from '../errors.ts'
import type { EventDispatcher } from '../events/dispatcher.ts'
import { RequestEvent } from '../events/request-event.ts'
import type { Server } from '../server.ts'
import { logAccess } from './access-log.ts'
import type { App, NodeHandler } from './app-shape.ts'
import { answerText, failing, type Fail, leftOpen } from './failure.ts'
import type { OpenRequests } from './open-requests.ts'
import { inspectRequest, type Refusal } from './request-gate.ts'
import { HANDED_OVER, webListener, type NodeListener, type WebRun } from './web-listener.ts'

export interface RequestHandlerOptions {
  readonly app: App
  readonly server: Server
  readonly dispatcher: EventDispatcher
  readonly open: OpenRequests
  /** Whether every request leaves a record. */
  readonly accessLog: boolean
}

export function requestHandler(options: RequestHandlerOptions): NodeListener {
  const { accessLog, open, server } = options
  const fail = failing(server.log, open)
  const run = appListener(options, fail)
  const refused = new WeakSet<Socket>()
  return (request, response) => {
    // A pipelined request that was parsed together with a refused one: where it begins cannot be trusted.
    if (refused.has(request.socket)) return
    if (accessLog) logAccess(request, response, { log: server.log, open })
    const refusal = inspectRequest(request)
    if (refusal !== undefined) {
      refused.add(request.socket)
      refuse(refusal, request, response, server)
      return
    }
    // A write after the end is emitted, not thrown; without a listener it would end the process.
    response.on('error', (error) => fail(error, request, response))
    open.serve(request, response, run)
  }
}

function refuse(refusal: Refusal, request: IncomingMessage, response: ServerResponse, { log }: Server): void {
  log.warn({ reason: refusal.reason, remote: request.socket.remoteAddress }, 'Request refused')
  answerText(response, refusal.status, { connection: 'close' })
}

/** The shortest way to the app: no web Request is made unless the app or a RequestEvent listener wants one. */
function appListener(options: RequestHandlerOptions, fail: Fail): NodeListener {
  const { app, server, dispatcher } = options
  const parts = { server, fail, open: options.open }
  if (dispatcher.hasListeners(RequestEvent)) return webListener(afterListeners(options, fail), parts)
  return app.kind === 'node' ? guarded(app.handle, server, fail) : webListener(app.handle, parts)
}

function afterListeners({ app, server, dispatcher }: RequestHandlerOptions, fail: Fail): WebRun {
  const run = app.kind === 'web' ? app.handle : passingOn(guarded(app.handle, server, fail))
  return async (request, context) => {
    const event = await dispatcher.dispatch(new RequestEvent(server, request))
    return event.response ?? run(request, context)
  }
}

/** A `(req, res)` listener as the last of a web run. */
function passingOn(listener: NodeListener): WebRun {
  return (_request, { incoming, outgoing }) => {
    assertBodyUnread(incoming)
    listener(incoming, outgoing)
    return HANDED_OVER
  }
}

function guarded(handle: NodeHandler, { log }: Server, fail: Fail): NodeListener {
  // By its length, as Express does it: a third parameter with a default is the handler's own.
  const takesNext = handle.length > 2
  const plain = handle as NodeListener
  return (request, response) => {
    try {
      const returned: unknown = takesNext
        ? handle(request, response, leftOpen(request, response, log, fail))
        : plain(request, response)
      // Also promises of libraries: a rejection that nobody sees would end the process.
      if (isThenable(returned)) returned.then(undefined, (error: unknown) => fail(error, request, response))
    } catch (error) {
      fail(error, request, response)
    }
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
  )
}

/** A stream is read once: the app would wait for ever for the end of a body that has been read. */
function assertBodyUnread(request: IncomingMessage): void {
  if (!request.readableDidRead) return
  throw new TsrvError('BODY_TAKEN', { method: request.method ?? '', url: request.url ?? '' })
}
