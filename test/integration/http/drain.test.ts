/** Every kind of connection through a drain: nothing is lost that could be kept, and it ends. */
import assert from 'node:assert/strict'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { describe, it } from 'node:test'
import { until } from '../../until.ts'
import { gated, serve } from './serving.ts'

const LONG = 60_000

describe('a drain', { concurrency: true }, () => {
  it('resolves at once when nothing is open', async () => {
    await using serving = await serve(() => new Response(''))
    await serving.http.drain({ idleGrace: LONG, deadline: AbortSignal.timeout(LONG) })
  })

  it('lets an idle connection ask once more, and closes it with the answer', async () => {
    await using serving = await serve(gated().app)
    const client = await serving.dial()
    client.get()
    await client.sees('quick')
    assert.match(client.received, /Connection: keep-alive/)
    const drained = serving.http.drain({ idleGrace: LONG, deadline: AbortSignal.timeout(LONG) })
    client.received = ''
    client.get()
    assert.match(await client.closed(), /^HTTP\/1.1 200 OK[^]*Connection: close[^]*quick/)
    await drained
  })

  it('lets a request in flight finish, and closes its connection with the answer', async () => {
    const { app, waiting } = gated()
    await using serving = await serve(app)
    const client = await serving.dial()
    client.get('/slow')
    await until(() => waiting.length === 1, 'the request')
    const drained = serving.http.drain({ idleGrace: 0, deadline: AbortSignal.timeout(LONG) })
    waiting[0]?.end('slow')
    assert.match(await client.closed(), /Connection: close[^]*slow/)
    await drained
  })

  it('lets a streaming answer finish', async () => {
    const { app, waiting } = gated()
    await using serving = await serve(app, { http: { keepAliveTimeout: 1 } })
    const client = await serving.dial()
    client.get('/slow')
    await until(() => waiting.length === 1, 'the request')
    waiting[0]?.write('first ')
    await client.sees('first')
    const drained = serving.http.drain({ idleGrace: 0, deadline: AbortSignal.timeout(LONG) })
    waiting[0]?.write('second')
    await client.sees('second')
    waiting[0]?.end('third')
    await client.sees('third\r\n0\r\n\r\n')
    client.get()
    await client.closed()
    await drained
  })

  it('ends connections although the app writes keep-alive', async () => {
    await using serving = await serve((_request: unknown, response: ServerResponse) => {
      response.writeHead(200, { connection: 'keep-alive', 'content-length': 1 })
      response.end('x')
    })
    const client = await serving.dial()
    client.get()
    await client.sees('\r\n\r\nx')
    const drained = serving.http.drain({ idleGrace: LONG, deadline: AbortSignal.timeout(LONG) })
    client.get()
    await client.closed()
    assert.deepEqual(client.statuses, [200, 200])
    await drained
  })

  it('accepts nothing new', async () => {
    const { app, waiting } = gated()
    await using serving = await serve(app)
    const client = await serving.dial()
    client.get('/slow')
    await until(() => waiting.length === 1, 'the request')
    const drained = serving.http.drain({ idleGrace: 0, deadline: AbortSignal.timeout(LONG) })
    await assert.rejects(serving.dial(), { code: 'ECONNREFUSED' })
    waiting[0]?.end('slow')
    await drained
    assert.match(await client.closed(), /slow/)
  })

  it('closes idle connections after the grace, and those that never asked', async () => {
    const { app, waiting } = gated()
    await using serving = await serve(app)
    const [idle, silent, busy] = [await serving.dial(), await serving.dial(), await serving.dial()]
    idle.get()
    busy.get('/slow')
    await idle.sees('quick')
    await until(() => waiting.length === 1, 'the request')
    const startedAt = performance.now()
    const drained = serving.http.drain({ idleGrace: 100, deadline: AbortSignal.timeout(LONG) })
    await idle.closed()
    await silent.closed()
    const took = performance.now() - startedAt
    assert.ok(took > 95 && took < 5000, `${took} ms`)
    assert.equal(busy.isClosed, false)
    waiting[0]?.end('slow')
    await drained
    assert.match(await busy.closed(), /slow/)
  })

  it('cuts at the deadline what is open, upgraded connections included', async () => {
    const { app, waiting } = gated()
    await using serving = await serve((request: IncomingMessage, response: ServerResponse) => {
      if (request.url !== '/install') return app(request, response)
      const http = Reflect.get(request.socket, 'server') as NodeJS.EventEmitter
      http.on('upgrade', (_request, socket: Socket) =>
        socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\n'),
      )
      response.end('installed')
    })
    const [busy, upgraded, idle] = [await serving.dial(), await serving.dial(), await serving.dial()]
    idle.get()
    await idle.sees('quick')
    busy.get('/slow')
    await until(() => waiting.length === 1, 'the request')
    upgraded.get('/install')
    await upgraded.sees('installed')
    upgraded.get('/', 'connection: upgrade', 'upgrade: own')
    await upgraded.sees('101')
    const deadline = new AbortController()
    const drained = serving.http.drain({ idleGrace: 0, deadline: deadline.signal })
    await idle.closed()
    assert.deepEqual([busy.isClosed, upgraded.isClosed], [false, false])
    deadline.abort()
    await drained
    await busy.closed()
    await upgraded.closed()
  })

  it('with a deadline in the past cuts at once', async () => {
    const { app, waiting } = gated()
    await using serving = await serve(app)
    const client = await serving.dial()
    client.get('/slow')
    await until(() => waiting.length === 1, 'the request')
    await serving.http.drain({ idleGrace: LONG, deadline: AbortSignal.abort() })
    await client.closed()
  })

  it('asked for twice is one', async () => {
    const { app, waiting } = gated()
    await using serving = await serve(app)
    const client = await serving.dial()
    client.get('/slow')
    await until(() => waiting.length === 1, 'the request')
    const terms = { idleGrace: 0, deadline: AbortSignal.timeout(LONG) }
    const first = serving.http.drain(terms)
    const second = serving.http.drain({ ...terms, deadline: AbortSignal.abort() })
    assert.equal(first, second)
    waiting[0]?.end('slow')
    await first
    assert.match(await client.closed(), /slow/)
  })

  it('still closes slow clients', async () => {
    await using serving = await serve(gated().app, { http: { headersTimeout: 200 } })
    const client = await serving.dial()
    client.get()
    await client.sees('quick')
    client.received = ''
    client.send('GET / HTTP/1.1', 'host: a')
    await serving.http.drain({ idleGrace: LONG, deadline: AbortSignal.timeout(LONG) })
    assert.match(await client.closed(), /^HTTP\/1.1 408 /)
  })
})
