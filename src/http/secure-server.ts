/** HTTPS on a socket that anybody may connect to: who speaks plain HTTP there is told so, instead of being cut off. */
import { Server as SecureServer, type ServerOptions } from 'node:https'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { TlsFiles } from '../config/tls-files.ts'

/** First byte of every TLS connection: a record with a part of the handshake (RFC 8446, 5.1). */
const HANDSHAKE = 0x16

/**
 * A server of node:https that looks at the first byte before TLS does.
 *
 * @param patience milliseconds for the first byte, and for the handshake
 */
export function createSecureServer(
  options: ServerOptions & TlsFiles,
  handle: (request: IncomingMessage, response: ServerResponse) => void,
  patience: number,
): SecureServer {
  const server = new SecureServer({ ...options, handshakeTimeout: patience }, handle)
  // The one that puts TLS on a connection.
  const listeners = server.listeners('connection') as ((socket: Socket) => void)[]
  server.removeAllListeners('connection')
  server.on('connection', (socket: Socket) => {
    sniff(socket, patience, () => {
      for (const listener of listeners) listener.call(server, socket)
    })
  })
  // Broken handshakes are the everyday life of a public port, and nobody's fault here.
  server.on('tlsClientError', (_, socket) => socket.destroy())
  return server
}

function sniff(socket: Socket, patience: number, secure: () => void): void {
  const giveUp = (): void => void socket.destroy()
  socket.on('error', giveUp)
  socket.setTimeout(patience, giveUp)
  socket.once('readable', () => {
    const first = socket.read() as Buffer | null
    // Closed without a word.
    if (first === null) return giveUp()
    socket.setTimeout(0)
    socket.off('timeout', giveUp)
    if (first[0] !== HANDSHAKE) return refuse(socket)
    socket.off('error', giveUp)
    socket.unshift(first)
    secure()
  })
}

const TEXT = 'This port speaks HTTPS: ask for https:// instead of http://.\n'
const REFUSAL = `HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: ${TEXT.length}\r\nConnection: close\r\n\r\n${TEXT}`
/** Milliseconds; until then the client may still send what it has begun, or it would not read the answer. */
const LAST_WORDS = 1000

function refuse(socket: Socket): void {
  socket.end(REFUSAL)
  socket.resume()
  setTimeout(() => socket.destroy(), LAST_WORDS).unref()
}
