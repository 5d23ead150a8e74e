/** One record per request, written when its answer is out or its connection broke. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Logger } from '../server.ts'

export function logAccess(request: IncomingMessage, response: ServerResponse, log: Logger): void {
  const startedAt = performance.now()
  const remote = request.socket.remoteAddress
  response.once('close', () => {
    const status = response.statusCode
    const record = {
      event: 'request',
      method: request.method,
      url: request.url,
      status,
      duration: Math.round((performance.now() - startedAt) * 1000) / 1000,
      remote,
      ...(!response.writableFinished && { aborted: true }),
    }
    if (status >= 400) log.error(record, 'Request')
    else log.info(record, 'Request')
  })
}
