/** Tasks before bytes, and clients that are too slow. */
import assert from 'node:assert/strict'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { describe, it } from 'node:test'
import { HttpServer } from '../../../src/http/http-server.ts'
import { OpenRequests } from '../../../src/http/open-requests.ts'
import { until } from '../../until.ts'
import { gated, serve } from './serving.ts'

describe('beforeBytes', () => {
  type Step = (response: ServerResponse) => void
  const ANSWERS: Record<string, Step[]> = {
    'an answer in one piece': [(response) => response.end('x')],
    'a head and an end': [(response) => void response.writeHead(200), (response) => response.end('x')],
    'a flushed head': [(response) => response.flushHeaders(), (response) => response.end()],
    pieces: [
      (response) => response.write('a'),
      (response) => response.write('b'),
      (response) => response.end(),
    ],
  }
  for (const [what, steps] of Object.entries(ANSWERS)) {
    it(`comes before every byte of ${what}`, async () => {
      const order: string[] = []
      const app = (request: IncomingMessage, response: ServerResponse): void => {
        spyOnWrites(request.socket, order)
        for (const step of steps) {
          order.push('step')
          step(response)
        }
      }
      await using serving = await serve(app, { http: { beforeBytes: () => order.push('before') } })
      const client = await serving.dial()
      client.get('/', 'connection: close')
      await client.closed()
      assert.ok(order.includes('bytes'))
      for (const [index, entry] of order.entries()) {
        if (entry === 'step') assert.equal(order[index + 1], 'before', order.join(' '))
      }
      assert.ok(order.indexOf('before') < order.indexOf('bytes'), order.join(' '))
    })
  }
})

function spyOnWrites(socket: Socket, order: string[]): void {
  const write: unknown = Reflect.get(socket, 'write')
  socket.write = (...parameters: unknown[]) => {
    order.push('bytes')
    return Reflect.apply(write as Function, socket, parameters) as boolean
  }
}

describe('timeouts', { concurrency: true }, () => {
  // node looks once a second.
  const slack = 1900

  it('close a client that is slow with its headers', async () => {
    await using serving = await serve(gated().app, { http: { headersTimeout: 300 } })
    const client = await serving.dial()
    const startedAt = performance.now()
    client.send('GET / HTTP/1.1', 'host: a')
    assert.match(await client.closed(), /^HTTP\/1.1 408 Request Timeout/)
    const took = performance.now() - startedAt
    assert.ok(took >= 290 && took < 300 + slack, `${took} ms`)
  })

  it('close a client that is slow with its body, which is no error of the app', async () => {
    await using serving = await serve(async (request: Request) => new Response(await request.text()), {
      http: { requestTimeout: 300 },
    })
    const client = await serving.dial()
    const startedAt = performance.now()
    client.send('POST / HTTP/1.1', 'host: a', 'content-length: 9', '', 'half')
    assert.match(await client.closed(), /^HTTP\/1.1 408 Request Timeout/)
    const took = performance.now() - startedAt
    assert.ok(took >= 290 && took < 300 + slack, `${took} ms`)
    assert.deepEqual(client.statuses, [408])
    await until(() => serving.records.length > 0, 'a record')
    assert.deepEqual(
      serving.records.map(({ level }) => level),
      ['warn'],
    )
  })

  it('close an idle connection', async () => {
    await using serving = await serve(gated().app, { http: { keepAliveTimeout: 1 } })
    const client = await serving.dial()
    client.get()
    await client.closed()
    assert.deepEqual(client.statuses, [200])
  })

  it('leave a slow app alone', async () => {
    const { app, waiting } = gated()
    await using serving = await serve(app, {
      http: { headersTimeout: 50, requestTimeout: 50, keepAliveTimeout: 1 },
    })
    const client = await serving.dial()
    client.get('/slow', 'connection: close')
    await until(() => waiting.length === 1, 'the request')
    const slow = await serving.dial()
    slow.send('GET / HTTP/1.1', 'host: a')
    // Its end tells that node has looked for connections past their timeouts.
    await slow.closed()
    waiting[0]?.end('slow')
    assert.match(await client.closed(), /200 OK[^]*slow/)
  })

  it('of the headers follow a shorter one of the request', () => {
    const options = { keepAliveTimeout: 1, handle: () => {}, open: new OpenRequests(), beforeBytes: () => {} }
    assert.doesNotThrow(() => new HttpServer({ ...options, headersTimeout: 15_000, requestTimeout: 5000 }))
    assert.doesNotThrow(() => new HttpServer({ ...options, headersTimeout: 15_000, requestTimeout: 0 }))
  })
})

describe('listen', () => {
  it('tells why it cannot', async () => {
    const options = {
      keepAliveTimeout: 1,
      headersTimeout: 1,
      requestTimeout: 1,
      handle: () => {},
      open: new OpenRequests(),
      beforeBytes: () => {},
    }
    await assert.rejects(new HttpServer(options).listen(999_999), {
      code: 'TSRV_LISTEN_FAILED',
      message: /descriptor 999999/,
    })
  })
})
