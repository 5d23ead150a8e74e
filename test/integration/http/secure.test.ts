/** HTTPS of a worker: what it serves, how it drains, and what it says to those who do not speak TLS. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import https from 'node:https'
import path from 'node:path'
import { describe, it } from 'node:test'
import { connect, type TLSSocket } from 'node:tls'
import { readTls } from '../../../src/config/tls-files.ts'
import { until } from '../../until.ts'
import { gated, serve, type Serving } from './serving.ts'

const root = path.resolve(import.meta.dirname, '../../fixtures/tls')
const tls = { cert: 'first.cert.pem', key: 'first.key.pem' }
const SECURE = { secure: readTls({ root, http: { tls } }) }
const LONG = 60_000

interface Client {
  readonly socket: TLSSocket
  received: string
  get(pathname?: string): void
}

async function dial(serving: Serving): Promise<Client> {
  const socket = connect({ port: serving.port, host: '127.0.0.1', rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  const get = (pathname = '/'): void => void socket.write(`GET ${pathname} HTTP/1.1\r\nHost: x\r\n\r\n`)
  const client: Client = { socket, received: '', get }
  socket.setEncoding('utf8').on('data', (text: string) => (client.received += text))
  socket.on('error', () => {})
  return client
}

const closed = (client: Client): Promise<void> =>
  until(() => client.socket.closed, 'the end of the connection')

describe('HTTPS', { concurrency: true }, () => {
  it('answers, and the app knows by which scheme it was asked', async () => {
    await using serving = await serve((request: Request) => new Response(request.url), { http: SECURE })
    const answer = await new Promise<string>((resolve, reject) => {
      const options = { port: serving.port, host: '127.0.0.1', path: '/a?b', rejectUnauthorized: false }
      https
        .get(options, (response) => {
          response.setEncoding('utf8').once('data', resolve)
        })
        .on('error', reject)
    })
    assert.equal(answer, `https://127.0.0.1:${serving.port}/a?b`)
  })

  it('lets an idle connection ask once more during a drain, and closes it with the answer', async () => {
    await using serving = await serve(gated().app, { http: SECURE })
    const client = await dial(serving)
    client.get()
    await until(() => client.received.includes('quick'), 'the answer')
    const drained = serving.http.drain({ idleGrace: LONG, deadline: AbortSignal.timeout(LONG) })
    client.received = ''
    client.get()
    await closed(client)
    assert.match(client.received, /^HTTP\/1.1 200 OK[^]*Connection: close[^]*quick/)
    await drained
  })

  it('lets a request in flight finish during a drain', async () => {
    const { app, waiting } = gated()
    await using serving = await serve(app, { http: SECURE })
    const client = await dial(serving)
    client.get('/slow')
    await until(() => waiting.length === 1, 'the request')
    const drained = serving.http.drain({ idleGrace: 0, deadline: AbortSignal.timeout(LONG) })
    waiting[0]?.end('slow')
    await closed(client)
    assert.match(client.received, /Connection: close[^]*slow/)
    await drained
  })

  it('closes connections on which nobody has asked for anything, when a drain may', async () => {
    await using serving = await serve(gated().app, { http: SECURE })
    // One has shaken hands, one has not said a word.
    const [greeted, silent] = [await dial(serving), await serving.dial()]
    await until(() => serving.http.connections === 2, 'both connections')
    await serving.http.drain({ idleGrace: 1, deadline: AbortSignal.timeout(LONG) })
    await closed(greeted)
    assert.equal(await silent.closed(), '')
  })

  it('cuts what is open at the deadline', async () => {
    const { app, waiting } = gated()
    await using serving = await serve(app, { http: SECURE })
    const client = await dial(serving)
    client.get('/slow')
    await until(() => waiting.length === 1, 'the request')
    await serving.http.drain({ idleGrace: LONG, deadline: AbortSignal.abort() })
    await closed(client)
  })

  it('tells who asks in plain HTTP to ask in HTTPS, and closes', async () => {
    await using serving = await serve(gated().app, { http: SECURE })
    const client = await serving.dial()
    client.get()
    assert.match(await client.closed(), /^HTTP\/1.1 400 Bad Request[^]*This port speaks HTTPS/)
    await until(() => serving.http.connections === 0, 'the end of the connection')
  })

  it('does not wait for ever for the first byte', async () => {
    await using serving = await serve(gated().app, { http: { ...SECURE, headersTimeout: 50 } })
    const client = await serving.dial()
    assert.equal(await client.closed(), '')
  })

  it('survives handshakes that break off, and keeps nothing of them', async () => {
    await using serving = await serve(gated().app, { http: SECURE })
    for (let round = 0; round < 50; round += 1) {
      const client = await serving.dial()
      client.socket.write(Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, round]))
      if (round % 2 === 0) client.socket.resetAndDestroy()
      else client.socket.end(Buffer.alloc(600, round))
    }
    await until(() => serving.http.connections === 0, 'the end of all connections')
    const client = await dial(serving)
    client.get()
    await until(() => client.received.includes('quick'), 'an answer')
    client.socket.destroy()
    assert.deepEqual(serving.records, [])
  })

  it('is refused in one piece where plain HTTP is spoken, and the next client is served', async () => {
    await using serving = await serve(gated().app)
    const socket = connect({ port: serving.port, host: '127.0.0.1', rejectUnauthorized: false })
    const [error] = (await once(socket, 'error')) as [Error]
    assert.match(error.message, /wrong version number|packet length too long|disconnected|http request/)
    const client = await serving.dial()
    client.get()
    await client.sees('quick')
  })
})
