/** The end of a request that cannot be answered by the app: plain text for the client, one log record for us. */
import { randomUUID } from 'node:crypto'
import { STATUS_CODES, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Logger } from '../server.ts'
import type { Next, ReportError } from './app-shape.ts'

export type Fail = (error: unknown, request: IncomingMessage, response: ServerResponse) => void

/**
 * What to do with an error of the app: 500 with `x-request-id`, and a record that carries the same id and the
 * error, which the client never sees.
 */
export function failing(log: Logger): Fail {
  return (error, request, response) => {
    const requestId = randomUUID()
    const { method, url } = request
    const record = { err: error, requestId, method, url }
    // Most of these are bodies that ended in the middle: not the app's fault, and nobody waits for an answer.
    if (response.destroyed && !response.writableEnded)
      log.warn(record, 'Request failed after its client had gone')
    else log.error(record, 'Request failed')
    if (!response.headersSent) answerText(response, 500, { 'x-request-id': requestId })
    // Part of an answer is out: the only honest end left is to break the connection.
    else if (!response.writableEnded) response.destroy()
  }
}

/** What `next` of an app does: the app has given the request back, unanswered. */
export function leftOpen(request: IncomingMessage, response: ServerResponse, log: Logger, fail: Fail): Next {
  return (error) => {
    const isError = error !== undefined && error !== null
    const status = isError ? statusOf(error) : 404
    if (status >= 500 || response.headersSent) {
      if (isError) fail(error, request, response)
      else response.destroy()
      return
    }
    // A body that is too large, a path that is no text: the client's fault.
    if (isError)
      log.warn({ err: error, method: request.method, url: request.url }, 'Request refused by the app')
    answerText(response, status, {})
  }
}

/** The convention of http-errors, which body parsers and routers follow. */
export function statusOf(error: unknown): number {
  const { status, statusCode } = error as { readonly status?: unknown; readonly statusCode?: unknown }
  const given = status ?? statusCode
  return typeof given === 'number' && given >= 400 && given in STATUS_CODES ? given : 500
}

/** For errors that a framework answers by itself, and would tell nobody or the console. */
export function reporting(log: Logger): ReportError {
  return (error, { method, url }) => log.error({ err: error, method, url }, 'Request failed')
}

/** Answers in place of the app; headers it may have set are dropped. */
export function answerText(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>>,
): void {
  const body = `${STATUS_CODES[status] ?? status}\n`
  for (const name of response.getHeaderNames()) response.removeHeader(name)
  response.writeHead(status, { 'content-type': 'text/plain', 'content-length': body.length, ...headers })
  response.end(body)
}
