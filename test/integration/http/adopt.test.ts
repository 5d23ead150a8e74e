/** The socket of another slot: its connections are served like those of the own one, also after it was given back. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { describe, it } from 'node:test'
import { bind, sendable, type SocketHandle } from '../../../src/supervisor/bind.ts'
import { until } from '../../until.ts'
import { gated, serve } from './serving.ts'

/** A bound socket as a process gets it over a channel, and its port. */
function lentSocket(): { readonly socket: SocketHandle; readonly port: number } {
  const bound = bind({ host: '127.0.0.1', port: 0 })
  if ('failed' in bound) throw new Error(bound.failed)
  const { port } = bound.address() as AddressInfo
  const socket = sendable(bound)
  held.push(bound, socket)
  return { socket, port }
}

// The server has taken over their descriptors: collected, they would close them a second time.
const held: unknown[] = []

class Client {
  readonly socket: Socket
  received = ''

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1')
    this.socket.on('data', (bytes) => (this.received += bytes.toString('latin1')))
    this.socket.on('error', () => {})
  }

  async asks(path = '/'): Promise<void> {
    const before = this.received.length
    this.socket.write(`GET ${path} HTTP/1.1\r\nhost: a\r\n\r\n`)
    await until(() => this.received.slice(before).endsWith('quick'), 'an answer')
  }
}

function isRefused(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => socket.destroy()).once('connect', () => resolve(false))
    socket.once('error', () => resolve(true))
  })
}

describe('the socket of another slot', () => {
  it('is served until it is released, and its connections for as long as they last', async () => {
    await using serving = await serve(gated().app)
    const { socket, port } = lentSocket()
    serving.http.adopt('1/1', socket)
    const client = new Client(port)
    await client.asks()
    serving.http.release('1/1')
    await client.asks()
    const refused = connect(port, '127.0.0.1')
    assert.equal((await once(refused, 'error'))[0].code, 'ECONNREFUSED', 'nobody else listens there')
    client.socket.destroy()
  })

  it('is given up only after those are taken in who are connected already', async () => {
    await using serving = await serve(gated().app)
    const { socket, port } = lentSocket()
    serving.http.adopt('1/1', socket)
    // The system completes these on its own; the loop of this process has not seen them yet.
    const clients = [0, 1, 2, 3, 4, 5, 6, 7].map(() => new Client(port))
    await new Promise<void>((resolve) => process.nextTick(resolve))
    serving.http.release('1/1', true)
    await Promise.all(clients.map((client) => client.asks()))
    await until(() => isRefused(port), 'the end of the socket')
    for (const client of clients) client.socket.destroy()
  })

  it('holds up a drain until the last request from it is answered, released or not', async () => {
    for (const isReleased of [true, false]) {
      const { app, waiting } = gated()
      await using serving = await serve(app)
      const { socket, port } = lentSocket()
      serving.http.adopt('1/1', socket)
      const client = new Client(port)
      client.socket.write('GET /slow HTTP/1.1\r\nhost: a\r\n\r\n')
      await until(() => waiting.length === 1, 'the request')
      if (isReleased) serving.http.release('1/1')
      let isDrained = false
      const drained = serving.http
        .drain({ idleGrace: 0, deadline: AbortSignal.timeout(10_000) })
        .then(() => (isDrained = true))
      await new Promise((resolve) => setTimeout(resolve, 50))
      assert.equal(isDrained, false)
      waiting[0]?.end('slow')
      await drained
      await until(() => client.received.endsWith('slow'), 'the answer')
      assert.match(client.received, /Connection: close/)
    }
  })

  it('is not taken any more by a worker that drains', async () => {
    await using serving = await serve(gated().app)
    await serving.http.drain({ idleGrace: 0, deadline: AbortSignal.timeout(10_000) })
    let isClosed = false
    serving.http.adopt('1/1', { close: () => (isClosed = true) })
    serving.http.release('1/1')
    assert.equal(isClosed, true)
  })
})
