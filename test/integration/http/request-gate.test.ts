/** What no request may get past, with the bytes as an attacker sends them. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { serve } from './serving.ts'

const FOLLOWING = 'GET /following HTTP/1.1\r\nhost: a\r\n\r\n'

const REFUSED = {
  'no Host header': ['GET / HTTP/1.1\r\n\r\n', 400],
  'two Host headers': ['GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n', 400],
  'two equal Host headers': ['GET / HTTP/1.1\r\nhost: a\r\nHOST: a\r\n\r\n', 400],
  'a Host that is no host': ['GET / HTTP/1.1\r\nhost: a/b?c@d\r\n\r\n', 400],
  'HTTP/2.0 over HTTP/1': ['GET / HTTP/2.0\r\nhost: a\r\n\r\n', 505],
  'HTTP/1.0 with Transfer-Encoding': [
    'POST / HTTP/1.0\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
    400,
  ],
  'GET *': ['GET * HTTP/1.1\r\nhost: a\r\n\r\n', 400],
  'an absolute form that is no URL': ['GET http://]/ HTTP/1.1\r\nhost: a\r\n\r\n', 400],
  'an absolute form of another scheme': ['GET ftp://a/ HTTP/1.1\r\nhost: a\r\n\r\n', 400],
  'credentials in the target': ['GET http://user:word@a/ HTTP/1.1\r\nhost: a\r\n\r\n', 400],
  Content_Length: ['GET / HTTP/1.1\r\nhost: a\r\nContent_Length: 4\r\n\r\n', 400],
  Transfer_Encoding: ['GET / HTTP/1.1\r\nhost: a\r\ntransfer_encoding: chunked\r\n\r\n', 400],
  'two Content-Type headers': [
    'POST / HTTP/1.1\r\nhost: a\r\ncontent-type: a/b\r\nContent-Type: c/d\r\ncontent-length: 0\r\n\r\n',
    400,
  ],
} as const

const REFUSED_BY_NODE = {
  'Content-Length with Transfer-Encoding': [
    'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
    400,
  ],
  'two Content-Length headers': [
    'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 1\r\n\r\nx',
    400,
  ],
  'a bare line feed': ['GET / HTTP/1.1\nhost: a\n\n', 400],
  'a folded header': ['GET / HTTP/1.1\r\nhost: a\r\nx: 1\r\n 2\r\n\r\n', 400],
  'a space before the colon': ['GET / HTTP/1.1\r\nhost : a\r\n\r\n', 400],
  'a header line of 17 KB': [`GET / HTTP/1.1\r\nhost: a\r\nx: ${'x'.repeat(17_000)}\r\n\r\n`, 431],
} as const

const APPS = {
  node: (seen: string[]) => (request: { url: string }, response: { end(body: string): void }) => {
    seen.push(request.url)
    response.end('app')
  },
  web: (seen: string[]) => (request: Request) => {
    seen.push(request.url)
    return new Response('app')
  },
}

for (const [kind, makeApp] of Object.entries(APPS)) {
  describe(`the request gate before a ${kind} app`, () => {
    for (const [what, [bytes, status]] of Object.entries(REFUSED)) {
      it(`refuses ${what} and processes nothing after it`, async () => {
        const seen: string[] = []
        await using serving = await serve(makeApp(seen), { accessLog: true })
        const client = await serving.dial()
        client.send(bytes + FOLLOWING)
        assert.match(await client.closed(), new RegExp(`^HTTP/1.1 ${status} .*\r\n`))
        assert.deepEqual(client.statuses, [status])
        assert.match(client.received, /connection: close/)
        assert.deepEqual(seen, [])
        assert.equal(serving.logged('Request refused').length, 1)
        assert.equal(serving.logged('Request').length, 1)
      })
    }
  })
}

describe("node's own refusals", () => {
  for (const [what, [bytes, status]] of Object.entries(REFUSED_BY_NODE)) {
    it(`stay: ${what}`, async () => {
      const seen: string[] = []
      await using serving = await serve(APPS.node(seen))
      const client = await serving.dial()
      client.send(bytes + FOLLOWING)
      await client.closed()
      assert.deepEqual(client.statuses, [status])
      assert.deepEqual(seen, [])
    })
  }
})

describe('the request gate', () => {
  it('does not take a refused request for the ones before it', async () => {
    await using serving = await serve(() => new Response('app'))
    const client = await serving.dial()
    client.send(FOLLOWING + 'GET * HTTP/1.1\r\nhost: a\r\n\r\n' + FOLLOWING)
    await client.closed()
    assert.deepEqual(client.statuses, [200, 400])
  })

  it('lets OPTIONS * pass', async () => {
    await using serving = await serve((_request: unknown, response: { end(): void }) => response.end())
    const client = await serving.dial()
    client.send('OPTIONS * HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n')
    await client.closed()
    assert.deepEqual(client.statuses, [200])
  })

  it('takes the host of an absolute form, whatever Host says', async () => {
    await using serving = await serve((request: Request) => new Response(request.url))
    const client = await serving.dial()
    client.send('GET http://a/path HTTP/1.1\r\nhost: b\r\nconnection: close\r\n\r\n')
    assert.match(await client.closed(), /\r\n\r\nhttp:\/\/a\/path$/)
  })

  it('keeps trailers apart from headers', async () => {
    await using serving = await serve(async (request: Request) => {
      await request.text()
      return Response.json(Object.fromEntries(request.headers))
    })
    const client = await serving.dial()
    client.send(
      'POST / HTTP/1.1\r\nhost: a\r\nconnection: close\r\ntransfer-encoding: chunked\r\n',
      '0\r\nhost: evil\r\ncontent-length: 9\r\n\r\n',
    )
    assert.doesNotMatch(await client.closed(), /evil|content-length":/)
  })
})
