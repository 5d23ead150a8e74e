/** Handlers that take too long: what the client gets, how the handler learns of it, what the log says. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { describe, it } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { until } from '../../until.ts'
import { serve } from './serving.ts'

const TIMEOUT = { handlerTimeout: 100 }
const REFUSED = 'Request timed out; answered with 503'
const CUT = 'Request timed out in the middle of its answer; its connection is closed'

/** Never answers by itself. */
const stuck = (): Promise<Response> => new Promise(() => {})

describe('a request whose handler does not answer in time', () => {
  it('gets 503, and one record names it', async () => {
    await using serving = await serve(stuck, TIMEOUT)
    const client = await serving.dial()
    client.get('/slow?x=1')
    const answer = await client.closed()
    assert.match(answer, /^HTTP\/1\.1 503 Service Unavailable\r\n/)
    assert.match(answer, /\r\nconnection: close\r\n/)
    assert.match(answer, /\r\ncontent-length: 20\r\n(?:.*\r\n)*\r\nService Unavailable\n$/)
    const { level, method, url, timeout } = serving.only(REFUSED)
    assert.deepEqual([level, method, url, timeout], ['error', 'GET', '/slow?x=1', 100])
    await until(() => serving.open.size === 0, 'the request to be forgotten')
  })

  it('gets no body when it was HEAD', async () => {
    await using serving = await serve(stuck, TIMEOUT)
    const client = await serving.dial()
    client.send('HEAD / HTTP/1.1', 'host: a', '', '')
    assert.match(await client.closed(), /^HTTP\/1\.1 503 (?:.*\r\n)*content-length: 20\r\n(?:.*\r\n)*\r\n$/)
  })

  it('is in the access log with that status', async () => {
    await using serving = await serve(stuck, { ...TIMEOUT, accessLog: true })
    const client = await serving.dial()
    client.get()
    await client.closed()
    await until(() => serving.logged('Request').length === 1, 'the record')
    assert.equal(serving.only('Request')['status'], 503)
  })

  it('is aborted in a web handler, with the reason, after the answer has gone out', async () => {
    const seen: unknown[] = []
    const app = async (request: Request): Promise<Response> => {
      await once(request.signal, 'abort')
      seen.push((request.signal.reason as { code?: unknown }).code)
      return new Response('too late')
    }
    await using serving = await serve(app, TIMEOUT)
    const client = await serving.dial()
    client.get()
    assert.match(await client.closed(), /^HTTP\/1\.1 503 /)
    await until(() => seen.length === 1, 'the abort')
    assert.deepEqual(seen, ['TSRV_HANDLER_TIMEOUT'])
  })

  it('is aborted in what a web handler has made of it', async () => {
    const seen: unknown[] = []
    const app = async (request: Request): Promise<Response> => {
      const { signal } = request.clone()
      await once(signal, 'abort')
      seen.push(signal.aborted)
      throw signal.reason
    }
    await using serving = await serve(app, TIMEOUT)
    const client = await serving.dial()
    client.get()
    await client.closed()
    await until(() => seen.length === 1, 'the abort')
    assert.equal(serving.logged('Request failed').length, 0, 'its end has been told')
    assert.equal(serving.logged('Request failed after its client had gone').length, 0)
  })

  it('ends for a node handler as if its client had gone: late calls do no harm', async () => {
    const seen: string[] = []
    const app = (request: IncomingMessage, response: ServerResponse): void => {
      request.on('aborted', () => seen.push('aborted'))
      response.on('close', () => {
        seen.push('close')
        setTimeout(() => {
          response.setHeader('x-late', '1')
          response.writeHead(200)
          response.write('late')
          response.end()
          seen.push('late')
        }, 20)
      })
    }
    await using serving = await serve(app, TIMEOUT)
    const client = await serving.dial()
    client.get()
    assert.deepEqual((await client.closed()).match(/HTTP/g)?.length, 1)
    await until(() => seen.includes('late'), 'the late answer')
    assert.ok(seen.includes('close'))
    assert.equal(serving.logged('Request failed').length, 0)
  })

  it('is cut when its answer has begun and does not get on', async () => {
    const app = (_request: IncomingMessage, response: ServerResponse): void => {
      response.writeHead(200, { 'content-length': 10 })
      response.write('half')
    }
    await using serving = await serve(app, TIMEOUT)
    const client = await serving.dial()
    client.get()
    assert.match(await client.closed(), /^HTTP\/1\.1 200 OK\r\n(?:.*\r\n)*\r\nhalf$/)
    assert.equal(serving.only(CUT).level, 'error')
  })

  it('lets the others be', async () => {
    const app = async (request: Request): Promise<Response> =>
      request.url.endsWith('/stuck') ? stuck() : new Response('quick')
    await using serving = await serve(app, TIMEOUT)
    const [one, other] = [await serving.dial(), await serving.dial()]
    one.get('/stuck')
    for (let round = 1; round <= 10; round++) {
      other.get()
      await until(() => other.statuses.length === round, 'the answer')
      await delay(20)
    }
    await one.closed()
    assert.deepEqual([one.statuses, new Set(other.statuses)], [[503], new Set([200])])
  })
})

describe('a request that gets on', () => {
  const TIMEOUT = { handlerTimeout: 400 }

  it('may last longer than the timeout: an answer that comes in pieces', async () => {
    const app = async (): Promise<Response> => {
      const pieces = async function* (): AsyncGenerator<Uint8Array> {
        for (let piece = 0; piece < 12; piece++) {
          await delay(80)
          yield Buffer.from(String(piece))
        }
      }
      return new Response(ReadableStream.from(pieces()))
    }
    await using serving = await serve(app, TIMEOUT)
    const client = await serving.dial()
    client.get('/', 'connection: close')
    const answer = await client.closed()
    assert.match(answer, /0\r\n\r\n$/, 'the last chunk came')
    assert.deepEqual(serving.logged(CUT), [])
  })

  it('may be sent slowly', async () => {
    const app = async (request: Request): Promise<Response> => new Response(await request.text())
    await using serving = await serve(app, TIMEOUT)
    const client = await serving.dial()
    client.send('POST / HTTP/1.1', 'host: a', 'connection: close', 'content-length: 12', '', '')
    for (const byte of 'very slowly\n') {
      await delay(80)
      client.send(byte)
    }
    assert.match(await client.closed(), /^HTTP\/1\.1 200 (?:.*\r\n)*\r\nvery slowly\n$/)
  })

  it('may be read slowly once the handler has ended it', async () => {
    const size = 32 * 1024 ** 2
    const app = (_request: IncomingMessage, response: ServerResponse): void =>
      void response.end(Buffer.alloc(size))
    await using serving = await serve(app, TIMEOUT)
    const client = await serving.dial()
    client.socket.pause()
    client.get('/', 'connection: close')
    await delay(1000)
    client.socket.resume()
    const answer = await client.closed()
    assert.ok(answer.length > size)
    assert.deepEqual(serving.logged(CUT), [])
  })
})

describe('a request that could have been answered while the event loop was blocked', () => {
  it('is answered, not refused', async () => {
    const block = (ms: number): void => {
      for (const end = performance.now() + ms; performance.now() < end;);
    }
    const app = async (): Promise<Response> => {
      await delay(20)
      return new Response('in time')
    }
    await using serving = await serve(app, TIMEOUT)
    const client = await serving.dial()
    client.get()
    await until(() => serving.open.size === 1, 'the request')
    block(300)
    await client.sees('in time')
    assert.deepEqual(client.statuses, [200])
  })
})

describe('an upload that stops', () => {
  it('does not wait for ever: its handler gets an end, and the client 503', async () => {
    const app = async (request: Request): Promise<Response> => new Response(await request.text())
    await using serving = await serve(app, TIMEOUT)
    const client = await serving.dial()
    client.send('POST / HTTP/1.1', 'host: a', 'content-length: 100', '', 'half')
    assert.match(await client.closed(), /^HTTP\/1\.1 503 /)
    await until(() => serving.open.size === 0, 'the request to be forgotten')
  })
})
