/**
 * Ends requests that do not get on: 503 while no answer has begun, else the end of the connection. One look at the
 * oldest for all of them, so that a request costs nothing.
 */
import { STATUS_CODES, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { TsrvError } from '../errors.ts'
import type { Logger } from '../server.ts'
import type { OpenRequest, OpenRequests } from './open-requests.ts'
import { abortWebRequest } from './web-listener.ts'

export interface HandlerTimeoutsOptions {
  /** Milliseconds. */
  readonly timeout: number
  readonly open: OpenRequests
  readonly log: Logger
}

/** Milliseconds in which what a client still sends is read and thrown away, or it would not see the answer. */
const LINGER = 500

/** Intervals between two looks. */
const LATE = 3

/** Looks for as long as the process lives. */
export function watchHandlers(options: HandlerTimeoutsOptions): void {
  const interval = Math.min(1000, Math.max(10, options.timeout / 10))
  let lookedAt = performance.now()
  setInterval(() => {
    const now = performance.now()
    const isLate = now - lookedAt > LATE * interval
    lookedAt = now
    // The event loop was blocked: answers that are ready may not have had their turn.
    if (!isLate) look(options)
  }, interval).unref()
}

function look(options: HandlerTimeoutsOptions): void {
  const { open, timeout } = options
  const due = performance.now() - timeout
  for (const request of open) {
    if (request.waitsSince > due) return
    const { response } = request
    if (response === undefined || response.destroyed) continue
    if (getsOn(request, response)) open.renew(request)
    else end(request, response, options)
  }
}

/** Whether bytes flow, or nothing is left for the handler to do. */
function getsOn(request: OpenRequest, response: ServerResponse): boolean {
  const { socket, req, headersSent, writableEnded } = response
  // Behind another answer of the same connection, whose turn it is.
  if (socket === null || writableEnded) return true
  if (!headersSent && req.complete) return false
  const moved = socket.bytesRead + socket.bytesWritten
  if (moved === request.moved) return false
  request.moved = moved
  return true
}

function end(request: OpenRequest, response: ServerResponse, options: HandlerTimeoutsOptions): void {
  const { timeout, open, log } = options
  const { method, url } = request
  const reason = new TsrvError('HANDLER_TIMEOUT', { method, url, ms: timeout })
  const record = { event: 'handler-timeout', method, url, timeout }
  open.giveUp(response)
  const { webRequest } = request
  if (response.headersSent) {
    log.error(record, 'Request timed out in the middle of its answer; its connection is closed')
    response.destroy()
  } else {
    log.error(record, 'Request timed out; answered with 503')
    if (response.socket !== null) refuse(response, response.socket)
  }
  // Not before: a listener of the signal could still answer.
  if (webRequest !== undefined) abortWebRequest(webRequest, reason)
}

/**
 * Writes past the response, which the handler still holds: to it the connection has ended, as if the client had gone.
 * Had it been answered, each late call of the handler would throw.
 */
function refuse({ req }: ServerResponse, socket: Socket): void {
  const reason = STATUS_CODES[503]
  const body = `${reason}\n`
  const head = [
    `HTTP/1.1 503 ${reason}`,
    `date: ${new Date().toUTCString()}`,
    'content-type: text/plain',
    `content-length: ${body.length}`,
    'connection: close',
    '\r\n',
  ].join('\r\n')
  socket.end(req.method === 'HEAD' ? head : head + body)
  if (req.complete) {
    socket.destroySoon()
    return
  }
  req.resume()
  setTimeout(() => socket.destroy(), LINGER).unref()
}
