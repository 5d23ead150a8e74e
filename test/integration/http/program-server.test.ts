/** The `http.Server` of a program behind ours: requests, expectations, errors, upgrades. */
import assert from 'node:assert/strict'
import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import type { Socket } from 'node:net'
import { describe, it } from 'node:test'
import { until } from '../../until.ts'
import { serve } from './serving.ts'

const LONG = 60_000

async function ask(url: string, path = '/'): Promise<[number, string]> {
  const answer = await fetch(`${url}${path}`)
  return [answer.status, await answer.text()]
}

describe('requests of a program with a server', { concurrency: true }, () => {
  it('come to its listener, whose this is the server', async () => {
    const server = createServer()
    server.on('request', function listener(this: unknown, _request, response) {
      response.end(String(this === server))
    } satisfies RequestListener)
    await using serving = await serve(server)
    assert.deepEqual(await ask(serving.url), [200, 'true'])
  })

  it('come to every listener, and to one that was added late', async () => {
    const server = createServer((request) => void (request.headers['x-first'] = 'first'))
    await using serving = await serve(server)
    server.on('request', (request, response) => response.end(request.headers['x-first']))
    assert.deepEqual(await ask(serving.url), [200, 'first'])
  })

  it('are answered 404 when it has none', async () => {
    await using serving = await serve(createServer())
    assert.deepEqual(await ask(serving.url), [404, 'Not Found\n'])
  })

  for (const [how, listener] of [
    ['throws', () => assert.fail('fault')],
    ['rejects', () => Promise.reject(new Error('fault'))],
    [
      'gives an error to next',
      (_q: unknown, _s: unknown, next: (e: Error) => void) => next(new Error('fault')),
    ],
  ] as const) {
    it(`fail with 500 and one record when it ${how}`, async () => {
      await using serving = await serve(createServer().on('request', listener as RequestListener))
      assert.deepEqual(await ask(serving.url), [500, 'Internal Server Error\n'])
      assert.equal((serving.only('Request failed')['err'] as Error).message, 'fault')
    })
  }
})

describe('a request with Expect', { concurrency: true }, () => {
  const HEAD = ['POST / HTTP/1.1', 'host: a', 'content-length: 1', 'connection: close'] as const

  it('is told to continue before the program sees it', async () => {
    const server = createServer((request, response) => request.pipe(response))
    await using serving = await serve(server)
    const client = await serving.dial()
    client.send(...HEAD, 'expect: 100-continue', '', '')
    await client.sees('100 Continue')
    client.send('x')
    assert.match(await client.closed(), /200 OK[^]*x/)
  })

  it('comes to a program that decides itself', async () => {
    const server = createServer(() => assert.fail('not asked'))
    server.on('checkContinue', (_request, response) => response.writeHead(403).end())
    await using serving = await serve(server)
    const client = await serving.dial()
    client.send(...HEAD, 'expect: 100-continue', '', '')
    assert.match(await client.closed(), /^HTTP\/1.1 403 /)
  })

  it('that nobody knows is refused with 417, unless the program knows it', async () => {
    const server = createServer(() => assert.fail('not asked'))
    await using serving = await serve(server)
    const refused = await serving.dial()
    refused.send(...HEAD, 'expect: wonders', '', '')
    await refused.sees('HTTP/1.1 417 ')
    server.on('checkExpectation', (_request, response) => response.end('done'))
    const met = await serving.dial()
    met.send(...HEAD, 'expect: wonders', '', '')
    await met.sees('done')
  })
})

const UPGRADE = ['connection: upgrade', 'upgrade: own']
const ACCEPT = 'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: own\r\n\r\n'

/** Greets, then sends everything back. */
function echoing() {
  const server = createServer((request, response) => response.end(`plain ${request.headers.upgrade ?? ''}`))
  server.on('upgrade', (_request: IncomingMessage, socket: Socket, head: Buffer) => {
    socket.write(ACCEPT)
    socket.write(head)
    socket.pipe(socket)
  })
  return server
}

describe('an upgrade', { concurrency: true }, () => {
  it('comes to the listener of the program, with the bytes that followed', async () => {
    await using serving = await serve(echoing())
    const client = await serving.dial()
    client.send('GET / HTTP/1.1', 'host: a', ...UPGRADE, '', 'head')
    await client.sees('\r\n\r\nhead')
    client.send(' and more')
    await client.sees('head and more')
  })

  it('is an ordinary request without one, and with one that was added late is none', async () => {
    const server = createServer((request, response) => response.end(`plain ${request.headers.upgrade}`))
    await using serving = await serve(server)
    const client = await serving.dial()
    client.get('/', ...UPGRADE)
    await client.sees('plain own')
    server.on('upgrade', (_request: unknown, socket: Socket) => socket.end(ACCEPT))
    client.get('/', ...UPGRADE)
    await client.sees('101 Switching Protocols')
  })

  it('is refused by the gate like a request', async () => {
    await using serving = await serve(echoing())
    const client = await serving.dial()
    client.get('/', 'host: b', ...UPGRADE)
    assert.match(await client.closed(), /^HTTP\/1.1 400 /)
    serving.only('Request refused')
  })

  for (const [how, listener] of [
    ['throws', () => assert.fail('fault')],
    ['rejects', () => Promise.reject(new Error('fault'))],
  ] as const) {
    it(`ends with its connection and one record when the listener ${how}`, async () => {
      await using serving = await serve(createServer().on('upgrade', (): unknown => listener()))
      const client = await serving.dial()
      client.get('/', ...UPGRADE)
      assert.equal(await client.closed(), '')
      assert.equal((serving.only('Upgrade failed')['err'] as Error).message, 'fault')
    })
  }

  it('may be reset by its client, with no harm', async () => {
    await using serving = await serve(echoing())
    const client = await serving.dial()
    client.get('/', ...UPGRADE)
    await client.sees('101')
    client.socket.resetAndDestroy()
    await until(() => serving.http.connections === 0, 'the connection to be forgotten')
    assert.equal(serving.http.look().open.upgrades, 0)
  })

  it('is counted until it ends, and cut at the deadline of a drain', async () => {
    await using serving = await serve(echoing())
    const [upgraded, plain] = [await serving.dial(), await serving.dial()]
    upgraded.get('/', ...UPGRADE)
    plain.get('/')
    await upgraded.sees('101')
    await plain.sees('plain')
    assert.deepEqual([serving.http.connections, serving.http.look().open.upgrades], [2, 1])
    const deadline = new AbortController()
    const drained = serving.http.drain({ idleGrace: 0, deadline: deadline.signal })
    await plain.closed()
    assert.deepEqual([serving.http.connections, serving.http.look().open.upgrades], [1, 1])
    deadline.abort()
    await drained
    await upgraded.closed()
    assert.deepEqual([serving.http.connections, serving.http.look().open.upgrades], [0, 0])
  })

  it('ends a drain when it ends by itself', async () => {
    await using serving = await serve(echoing())
    const client = await serving.dial()
    client.get('/', ...UPGRADE)
    await client.sees('101')
    const drained = serving.http.drain({ idleGrace: 0, deadline: AbortSignal.timeout(LONG) })
    client.socket.end()
    await drained
  })

  it('leaves one record when the access log is on', async () => {
    await using serving = await serve(echoing(), { accessLog: true })
    const client = await serving.dial()
    client.get('/live', ...UPGRADE)
    await client.sees('101')
    assert.deepEqual(serving.records, [])
    client.socket.end()
    await until(() => serving.records.length > 0, 'the record')
    const { event, method, url, remote } = serving.only('Upgraded connection')
    assert.deepEqual([event, method, url, remote], ['upgrade', 'GET', '/live', '127.0.0.1'])
  })
})
