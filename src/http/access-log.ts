/** One record per request, written when its answer is out or its connection broke. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Logger } from '../server.ts'
import type { OpenRequests } from './open-requests.ts'

export interface AccessLogParts {
  readonly log: Logger
  readonly open: OpenRequests
}

export function logAccess(
  request: IncomingMessage,
  response: ServerResponse,
  { log, open }: AccessLogParts,
): void {
  const startedAt = performance.now()
  // Read now: a closed socket has no address any more.
  const remote = request.socket.remoteAddress
  response.once('close', () => {
    // Before a head was sent, `statusCode` is Node's default of 200 and says nothing.
    const own = open.isGivenUp(response) ? 503 : undefined
    const status = response.headersSent ? response.statusCode : own
    const record = {
      event: 'request',
      method: request.method,
      url: request.url,
      ...(status !== undefined && { status }),
      duration: Math.round((performance.now() - startedAt) * 1000) / 1000,
      remote,
      ...(!response.writableFinished && { aborted: true }),
    }
    if (status !== undefined && status >= 400) log.error(record, 'Request')
    else log.info(record, 'Request')
  })
}
