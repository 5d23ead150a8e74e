/** The end of connections that a drain could not wait for: each hears what there is to be said, and is counted. */
import assert from 'node:assert/strict'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { describe, it } from 'node:test'
import type { SeenConnections } from '../../../src/http/connections.ts'
import { until } from '../../until.ts'
import { gated, serve, type Serving } from './serving.ts'

const LONG = 60_000
const WEBSOCKET = ['connection: Upgrade', 'upgrade: websocket']
/** RFC 6455: opcode 8, two bytes, status 1001. */
const GOING_AWAY = '\u0088\u0002\u0003\u00e9'

interface Cutting {
  readonly seen: SeenConnections[]
  readonly drained: Promise<void>
  readonly cut: () => void
}

/** A drain whose deadline is called by hand. */
function drain(serving: Serving, idleGrace = LONG): Cutting {
  const seen: SeenConnections[] = []
  const deadline = new AbortController()
  const onCut = (connections: SeenConnections): void => void seen.push(connections)
  const drained = serving.http.drain({ idleGrace, deadline: deadline.signal, onCut })
  return { seen, drained, cut: () => deadline.abort() }
}

async function refuses(serving: Serving): Promise<boolean> {
  try {
    const client = await serving.dial()
    client.get('/')
    await client.closed()
    return false
  } catch (error) {
    return Reflect.get(Object(error), 'code') === 'ECONNREFUSED'
  }
}

/** Upgrades at once, or for `/late` when told to. */
function upgrading() {
  const late: Socket[] = []
  const server = createServer((_request, response) => response.end('plain'))
  server.on('upgrade', (request: IncomingMessage, socket: Socket) => {
    if (request.url === '/late') late.push(socket)
    else socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\n\r\n')
  })
  return { server, late }
}

describe('what is open at the deadline of a drain', { concurrency: true }, () => {
  it('is counted by what it is, with some examples', async () => {
    const { app, waiting } = gated()
    await using serving = await serve((request: IncomingMessage, response: ServerResponse) => {
      if (request.url !== '/stream') return app(request, response)
      response.write('begun')
    })
    const [slow, streaming, idle] = [await serving.dial(), await serving.dial(), await serving.dial()]
    slow.get('/slow')
    streaming.get('/stream')
    idle.get('/')
    await streaming.sees('begun')
    await idle.sees('quick')
    await until(() => waiting.length === 1, 'the request')
    const open = { requests: 1, streams: 1, webSockets: 0, upgrades: 0, tasks: 0 }
    assert.deepEqual(serving.http.look().open, open)
    const { seen, drained, cut } = drain(serving)
    cut()
    await drained
    assert.deepEqual(
      seen.map((one) => one.open),
      [open],
    )
    assert.deepEqual(new Set(seen[0]?.examples), new Set(['GET /slow', 'GET /stream']))
    await until(() => serving.http.connections === 0, 'the connections to be forgotten')
  })

  it('hears 503 when it is a request without an answer', async () => {
    const { app, waiting } = gated()
    await using serving = await serve(app)
    const client = await serving.dial()
    client.get('/slow')
    await until(() => waiting.length === 1, 'the request')
    const { drained, cut } = drain(serving)
    cut()
    await drained
    assert.match(await client.closed(), /^HTTP\/1.1 503 [^]*Connection: close/i)
  })

  it('breaks when its answer has begun: no client takes half of it for the whole', async () => {
    await using serving = await serve((_request: unknown, response: ServerResponse) => {
      response.write('half')
    })
    const client = await serving.dial()
    client.get('/')
    await client.sees('half')
    const { drained, cut } = drain(serving)
    cut()
    await drained
    assert.doesNotMatch(await client.closed(), /\r\n0\r\n/)
  })

  it('hears status 1001 when it is a WebSocket, and may say goodbye', async () => {
    const { server } = upgrading()
    await using serving = await serve(server)
    const client = await serving.dial()
    client.get('/chat', ...WEBSOCKET)
    await client.sees('101')
    assert.deepEqual(serving.http.look(), {
      open: { requests: 0, streams: 0, webSockets: 1, upgrades: 0, tasks: 0 },
      examples: ['GET /chat'],
    })
    const { drained, cut } = drain(serving)
    cut()
    assert.ok((await client.closed()).endsWith(GOING_AWAY))
    await drained
  })

  it('ends although its client does not answer', async () => {
    const { server } = upgrading()
    await using serving = await serve(server)
    const client = await serving.dial()
    client.socket.allowHalfOpen = true
    client.get('/chat', ...WEBSOCKET)
    await client.sees('101')
    client.socket.pause()
    const { drained, cut } = drain(serving)
    cut()
    await drained
    await until(() => serving.http.connections === 0, 'the connections to be forgotten')
  })

  it('gets no frame when the program has not said yet that it will be a WebSocket', async () => {
    const { server, late } = upgrading()
    await using serving = await serve(server)
    const client = await serving.dial()
    client.get('/')
    await client.sees('plain')
    client.received = ''
    client.get('/late', ...WEBSOCKET)
    await until(() => late.length === 1, 'the upgrade')
    assert.equal(serving.http.look().open.upgrades, 1)
    const { drained, cut } = drain(serving)
    cut()
    assert.equal(await client.closed(), '')
    await drained
  })

  it('gets no frame when it speaks another protocol', async () => {
    const { server } = upgrading()
    await using serving = await serve(server)
    const client = await serving.dial()
    client.get('/', 'connection: upgrade', 'upgrade: own')
    await client.sees('101')
    client.received = ''
    assert.equal(serving.http.look().open.upgrades, 1)
    const { drained, cut } = drain(serving)
    cut()
    assert.equal(await client.closed(), '')
    await drained
  })

  it('is nothing to be told of when all was done in time', async () => {
    await using serving = await serve(gated().app)
    const client = await serving.dial()
    client.get('/')
    await client.sees('quick')
    const { seen, drained } = drain(serving, 0)
    await drained
    assert.deepEqual(seen, [])
  })
})

describe('a drain', { concurrency: true }, () => {
  it('gives a connection the idle time when an answer ends that has promised to keep it', async () => {
    const { app, waiting } = gated()
    await using serving = await serve(app, { http: { keepAliveTimeout: LONG } })
    const [client, idle] = [await serving.dial(), await serving.dial()]
    client.get('/slow')
    idle.get('/')
    await idle.sees('quick')
    await until(() => waiting.length === 1, 'the request')
    waiting[0]?.write('first ')
    await client.sees('first')
    const { drained } = drain(serving, 50)
    await idle.closed()
    waiting[0]?.end('last')
    await client.sees('last')
    // With the keep-alive time of every day it would not be in the time of this test.
    await client.closed()
    await drained
  })

  it('of a stop takes in who is connected already, and refuses everybody else', async () => {
    const { app, waiting } = gated()
    await using serving = await serve(app)
    const busy = await serving.dial()
    busy.get('/slow')
    await until(() => waiting.length === 1, 'the request')
    // The system completes these on its own; the loop of this process, which takes in one a turn, has not seen them yet.
    const early = [0, 1, 2, 3, 4, 5, 6, 7].map(() => serving.dial())
    await new Promise<void>((resolve) => process.nextTick(resolve))
    const { signal } = new AbortController()
    const drained = serving.http.drain({ idleGrace: LONG, deadline: signal, givesUpSockets: true })
    const clients = await Promise.all(early)
    for (const client of clients) client.get('/')
    for (const client of clients) assert.match(await client.closed(), /200 OK[^]*Connection: close[^]*quick/)
    // Whoever comes in these last turns is served as well.
    await until(() => refuses(serving), 'the end of the listening socket')
    waiting[0]?.end('slow')
    await drained
    assert.match(await busy.closed(), /Connection: close[^]*slow/)
  })
})
