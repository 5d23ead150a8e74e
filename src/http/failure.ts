/** The end of a request that cannot be answered by the app: plain text for the client, one log record for us. */
import { randomUUID } from 'node:crypto'
import { STATUS_CODES, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Logger } from '../server.ts'
import type { Next, ReportError } from './app-shape.ts'
import type { OpenRequests } from './open-requests.ts'

/** How to answer; default: 500, and nothing of what the app had prepared. */
interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** Whether headers that the app has set, and that do not describe its body, stay. */
  readonly keepsHeaders: boolean
}

export type Fail = (
  error: unknown,
  request: IncomingMessage,
  response: ServerResponse,
  answer?: Answer,
) => void

const PLAIN_500: Answer = { status: 500, headers: {}, keepsHeaders: false }

/**
 * What to do with an error of the app: 500 with `x-request-id`, and a record that carries the same id and the
 * error, which the client never sees.
 */
export function failing(log: Logger, open: OpenRequests): Fail {
  return (error, request, response, answer = PLAIN_500) => {
    const requestId = randomUUID()
    const { method, url } = request
    const record = { err: error, requestId, method, url }
    // Its end has been told already; what comes now comes of that.
    if (open.isGivenUp(response)) return log.debug(record, 'Request failed after it was given up')
    // Most of these are bodies that ended in the middle: not the app's fault, and nobody waits for an answer.
    if (response.destroyed && !response.writableEnded)
      log.warn(record, 'Request failed after its client had gone')
    else log.error(record, 'Request failed')
    endFailed(response, { ...answer, headers: { ...answer.headers, 'x-request-id': requestId } })
  }
}

/** The end of a request whose handler has left it in a state that nobody knows: 500, or the end of its connection. */
export function endBroken(response: ServerResponse, requestId: string): void {
  if (response.destroyed) return
  endFailed(response, { ...PLAIN_500, headers: { 'x-request-id': requestId, connection: 'close' } })
}

function endFailed(response: ServerResponse, answer: Answer): void {
  if (!response.headersSent) sendText(response, answer)
  // Part of an answer is out: the only honest end left is to break the connection.
  else if (!response.writableEnded) response.destroy()
}

/** What `next` of an app does: the app has given the request back, unanswered. */
export function leftOpen(request: IncomingMessage, response: ServerResponse, log: Logger, fail: Fail): Next {
  return (error) => {
    const isError = error !== undefined && error !== null
    const answer = isError ? answerTo(error, response) : { status: 404, headers: {}, keepsHeaders: true }
    if (answer.status >= 500 || response.headersSent) {
      if (isError) fail(error, request, response, answer)
      else response.destroy()
      return
    }
    // A body that is too large, a path that is no text: the client's fault.
    if (isError)
      log.warn({ err: error, method: request.method, url: request.url }, 'Request refused by the app')
    sendText(response, answer)
  }
}

/** As the last handler of Express and connect has it: what the error says, else what the response says. */
function answerTo(error: unknown, response: ServerResponse): Answer {
  const status = statusIn(error)
  if (status !== undefined) return { status, headers: headersIn(error), keepsHeaders: true }
  return {
    status: isFailure(response.statusCode) ? response.statusCode : 500,
    headers: {},
    keepsHeaders: true,
  }
}

/** 500 unless the error says something else. */
export function statusOf(error: unknown): number {
  return statusIn(error) ?? 500
}

/** The convention of http-errors, which body parsers and routers follow. */
function statusIn(error: unknown): number | undefined {
  const { status, statusCode } = error as { readonly status?: unknown; readonly statusCode?: unknown }
  return [status, statusCode].find(isFailure)
}

function isFailure(status: unknown): status is number {
  return typeof status === 'number' && status >= 400 && status in STATUS_CODES
}

/** Such as `www-authenticate`, by the same convention. */
function headersIn(error: unknown): Readonly<Record<string, string>> {
  const { headers } = error as { readonly headers?: unknown }
  if (typeof headers !== 'object' || headers === null) return {}
  return Object.fromEntries(
    Object.entries(headers).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  )
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
  sendText(response, { status, headers, keepsHeaders: false })
}

const OF_A_BODY = [
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-range',
  'content-type',
  'content-length',
  'etag',
  'last-modified',
  'transfer-encoding',
  'trailer',
]

function sendText(response: ServerResponse, { status, headers, keepsHeaders }: Answer): void {
  // A browser hides an answer without the app's CORS headers from its page.
  for (const name of keepsHeaders ? OF_A_BODY : response.getHeaderNames()) response.removeHeader(name)
  const reason = STATUS_CODES[status] ?? String(status)
  const body = `${reason}\n`
  // With the reason: the app may have set another one.
  response.writeHead(status, reason, {
    'content-type': 'text/plain',
    'content-length': body.length,
    ...headers,
  })
  response.end(body)
}
