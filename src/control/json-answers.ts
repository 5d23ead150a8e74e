/** How both listeners of the supervisor answer: JSON, one answer a connection, and an end that does not wait for long. */
import { once } from 'node:events'
import type { Server, ServerOptions, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { messageOf } from '../errors.ts'
import type { ControlError } from './protocol.ts'
import type { Reply } from './requests.ts'

/** Short: who asks is near. They close half requests that would otherwise stay for minutes. */
export const PATIENCE = {
  headersTimeout: 5_000,
  requestTimeout: 10_000,
  connectionsCheckingInterval: 1_000,
  maxHeaderSize: 8_192,
} as const satisfies ServerOptions

/** Nothing idle is left to wait for at the stop. */
export function sendJson(
  response: ServerResponse,
  { status, body, headers = {} }: Reply & { readonly headers?: Readonly<Record<string, string>> },
): void {
  const text = JSON.stringify(body)
  response.writeHead(status, {
    ...headers,
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    connection: 'close',
  })
  response.end(text)
}

const MALFORMED: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
}

/** For the event `clientError`. */
export function refuseMalformed(error: Error & { code?: string }, socket: Duplex): void {
  if (!socket.writable) {
    socket.destroy()
    return
  }
  const status = MALFORMED[error.code ?? ''] ?? '400 Bad Request'
  const text = JSON.stringify({ code: 'BAD_REQUEST', message: messageOf(error) } satisfies ControlError)
  const head = `HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-type: application/json\r\n`
  socket.end(`${head}content-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`, () => socket.destroy())
}

/** Milliseconds for answers under way. */
const CLOSE_GRACE = 500

export async function closeSoon(server: Server): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  const force = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE)
  await closed
  clearTimeout(force)
}
