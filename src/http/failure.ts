/** The end of a request that cannot be answered by the app: plain text for the client, one log record for us. */
import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Logger } from '../server.ts'

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

const TEXTS = { 400: 'Bad Request', 500: 'Internal Server Error', 505: 'HTTP Version Not Supported' } as const

/** Answers in place of the app; headers it may have set are dropped. */
export function answerText(
  response: ServerResponse,
  status: keyof typeof TEXTS,
  headers: Readonly<Record<string, string>>,
): void {
  const body = `${TEXTS[status]}\n`
  for (const name of response.getHeaderNames()) response.removeHeader(name)
  response.writeHead(status, { 'content-type': 'text/plain', 'content-length': body.length, ...headers })
  response.end(body)
}
