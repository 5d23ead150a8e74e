/** `(request) => Response` apps: what they get, what their answers become, and what happens when they fail. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { until } from '../../until.ts'
import { serve } from './serving.ts'

const encoder = new TextEncoder()

/** The source of a stream that never ends. */
async function pullMore(controller: ReadableStreamDefaultController): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
  controller.enqueue(encoder.encode('more'))
}

describe('a web app', () => {
  it('gets method, URL and headers', async () => {
    await using serving = await serve((request: Request) =>
      Response.json([request.method, request.url, request.headers.get('x-own'), request instanceof Request]),
    )
    const answer = await fetch(`${serving.url}/a/b?c=d`, { method: 'PUT', headers: { 'x-own': '1' } })
    assert.deepEqual(await answer.json(), ['PUT', `${serving.url}/a/b?c=d`, '1', true])
  })

  const BODIES = {
    text: async (request: Request) => request.text(),
    json: async (request: Request) => JSON.stringify(await request.json()),
    arrayBuffer: async (request: Request) => Buffer.from(await request.arrayBuffer()).toString(),
    blob: async (request: Request) => (await request.blob()).text(),
    stream: async (request: Request) => {
      const decoder = new TextDecoder()
      let all = ''
      for await (const chunk of request.body ?? []) all += decoder.decode(chunk, { stream: true })
      return all
    },
    clone: async (request: Request) => {
      const copy = request.clone()
      return (await copy.text()) && (await request.text())
    },
  }
  for (const [method, read] of Object.entries(BODIES)) {
    it(`reads a body by ${method}`, async () => {
      await using serving = await serve(async (request: Request) => new Response(await read(request)))
      const body = JSON.stringify({ much: 'ü'.repeat(100_000) })
      const answer = await fetch(serving.url, { method: 'POST', body })
      assert.equal(await answer.text(), body)
    })
  }

  it('reads a form with a file', async () => {
    await using serving = await serve(async (request: Request) => {
      const form = await request.formData()
      const file = form.get('file') as File
      return Response.json([form.get('name'), file.name, await file.text()])
    })
    const form = new FormData()
    form.set('name', 'Ada')
    form.set('file', new Blob(['content']), 'a.txt')
    const answer = await fetch(serving.url, { method: 'POST', body: form })
    assert.deepEqual(await answer.json(), ['Ada', 'a.txt', 'content'])
  })

  it('may leave a body unread, and the connection goes on', async () => {
    await using serving = await serve(() => new Response('unread'))
    const client = await serving.dial()
    client.send('POST / HTTP/1.1', 'host: a', 'content-length: 5', '', 'hello')
    await client.sees('unread')
    client.get('/', 'connection: close')
    await client.closed()
    assert.deepEqual(client.statuses, [200, 200])
  })

  for (const target of ['//evil.com', '//evil.com/..', '/\\evil.com', '///evil.com', '/@evil.com']) {
    it(`keeps its host for the path ${target}`, async () => {
      await using serving = await serve((request: Request) => new Response(new URL(request.url).host))
      const client = await serving.dial()
      client.get(target, 'connection: close')
      assert.doesNotMatch(await client.closed(), /evil/)
      assert.match(client.received, /\r\n\r\n(localhost$|Bad Request)/)
    })
  }

  it('does not believe X-Forwarded headers', async () => {
    await using serving = await serve((request: Request) => new Response(request.url))
    const headers = {
      'x-forwarded-host': 'evil.com',
      'x-forwarded-proto': 'https',
      forwarded: 'host=evil.com',
    }
    assert.equal(await (await fetch(serving.url, { headers })).text(), `${serving.url}/`)
  })

  it('serves HTTP/1.0 without a Host', async () => {
    await using serving = await serve((request: Request) => new Response(request.url))
    const client = await serving.dial()
    client.send('GET /old HTTP/1.0', '', '')
    assert.match(await client.closed(), /200 OK[^]*http:\/\/localhost\/old$/)
  })

  it('is not asked for a request that makes no URL, which leaves a record', async () => {
    let calls = 0
    await using serving = await serve(() => new Response(`${++calls}`))
    const client = await serving.dial()
    client.get('/a\\b', 'connection: close')
    assert.match(await client.closed(), /^HTTP\/1.1 400 Bad Request/)
    assert.equal(calls, 0)
    assert.equal(serving.logged('Request refused').length, 1)
  })
})

describe('the answer of a web app', () => {
  it('has a length when its body is at hand', async () => {
    await using serving = await serve(() => new Response('twelve bytes'))
    const answer = await fetch(serving.url)
    assert.equal(answer.headers.get('content-length'), '12')
    assert.equal(answer.headers.get('content-type'), 'text/plain;charset=UTF-8')
    assert.equal(await answer.text(), 'twelve bytes')
  })

  it('keeps status, status text and every Set-Cookie', async () => {
    const cookies = Array.from({ length: 9 }, (_, index) => `c${index}=${index}; Path=/`)
    await using serving = await serve(() => {
      const headers = new Headers({ 'x-own': 'a, b' })
      for (const cookie of cookies) headers.append('set-cookie', cookie)
      return new Response('', { status: 418, statusText: 'Short and stout', headers })
    })
    const answer = await fetch(serving.url)
    assert.deepEqual([answer.status, answer.statusText], [418, 'Short and stout'])
    assert.deepEqual(answer.headers.getSetCookie(), cookies)
    assert.equal(answer.headers.get('x-own'), 'a, b')
  })

  it('to HEAD has the head of GET and no body', async () => {
    await using serving = await serve(() => new Response('hello'))
    const client = await serving.dial()
    client.send('HEAD / HTTP/1.1', 'host: a', '', '')
    client.get('/', 'connection: close')
    const [head, second] = (await client.closed()).split('HTTP/1.1 200 OK').slice(1)
    assert.match(head ?? '', /content-length: 5\r\n[^]*\r\n\r\n$/)
    assert.match(second ?? '', /\r\n\r\nhello$/)
  })

  it('to HEAD ends a stream that never ends', async () => {
    let isCancelled = false
    const cancel = (): void => void (isCancelled = true)
    await using serving = await serve(() => new Response(new ReadableStream({ pull: pullMore, cancel })))
    const answer = await fetch(serving.url, { method: 'HEAD' })
    assert.equal(answer.status, 200)
    await until(() => isCancelled, 'the stream to be cancelled')
  })

  it('has no body with 204', async () => {
    await using serving = await serve(() => new Response(null, { status: 204 }))
    const client = await serving.dial()
    client.get('/', 'connection: close')
    assert.doesNotMatch(await client.closed(), /content-length|transfer-encoding/i)
    assert.match(client.received, /^HTTP\/1.1 204 No Content\r\n[^]*\r\n\r\n$/)
  })

  it('drops headers that speak of another connection', async () => {
    const headers = { connection: 'keep-alive', 'transfer-encoding': 'chunked', 'keep-alive': 'timeout=99' }
    await using serving = await serve(() => new Response('from upstream', { headers }))
    const client = await serving.dial()
    client.get('/', 'connection: close')
    assert.doesNotMatch(await client.closed(), /chunked|timeout=99|keep-alive/)
    assert.match(client.received, /content-length: 13/)
  })

  it('is sent as it comes', async () => {
    const steps: (() => void)[] = []
    const body = new ReadableStream({
      start(controller) {
        steps.push(() => controller.enqueue(encoder.encode('first ')))
        steps.push(() => controller.enqueue(encoder.encode('second')))
        steps.push(() => controller.close())
      },
    })
    await using serving = await serve(() => new Response(body))
    const client = await serving.dial()
    client.get('/', 'connection: close')
    await client.sees('Transfer-Encoding: chunked')
    assert.doesNotMatch(client.received, /first/)
    steps[0]?.()
    await client.sees('first')
    assert.doesNotMatch(client.received, /second/)
    steps[1]?.()
    steps[2]?.()
    assert.match(await client.closed(), /second\r\n0\r\n\r\n$/)
  })

  it('arrives whole when it is larger than all buffers', async () => {
    const chunk = encoder.encode('0123456789'.repeat(10_000))
    let left = 100
    await using serving = await serve(
      () =>
        new Response(
          new ReadableStream({
            pull: (controller) => (left-- > 0 ? controller.enqueue(chunk) : controller.close()),
          }),
        ),
    )
    const answer = await fetch(serving.url)
    assert.equal((await answer.arrayBuffer()).byteLength, 100 * chunk.byteLength)
  })

  it('is not asked for faster than the client takes it', async () => {
    const chunk = new Uint8Array(64 * 1024)
    const all = 500
    let pulls = 0
    const pull = (controller: ReadableStreamDefaultController): void =>
      pulls++ < all ? controller.enqueue(chunk) : controller.close()
    await using serving = await serve(() => new Response(new ReadableStream({ pull })))
    const answer = await fetch(serving.url)
    let before = -1
    await until(() => {
      const isStill = pulls === before
      before = pulls
      return isStill
    }, 'the stream to rest')
    assert.ok(pulls < all, `${pulls} pulls`)
    assert.equal((await answer.arrayBuffer()).byteLength, all * chunk.byteLength)
  })

  it('stops its stream and its signal when the client goes', async () => {
    let isCancelled = false
    let isAborted = false
    await using serving = await serve(
      (request: Request) => {
        request.signal.addEventListener('abort', () => (isAborted = true))
        const cancel = (): void => void (isCancelled = true)
        return new Response(new ReadableStream({ pull: pullMore, cancel }))
      },
      { accessLog: true },
    )
    const client = await serving.dial()
    client.get()
    await client.sees('more')
    client.socket.destroy()
    await until(() => isCancelled && isAborted, 'stream and signal to end')
    await until(() => serving.records.length === 1, 'the access record')
    assert.deepEqual([serving.records[0]?.['status'], serving.records[0]?.['aborted']], [200, true])
  })

  it('stops a stream that waits for its source when the client goes', async () => {
    let isCancelled = false
    const body = new ReadableStream({
      start: (controller) => controller.enqueue(encoder.encode('one')),
      cancel: () => void (isCancelled = true),
    })
    await using serving = await serve(() => new Response(body))
    const client = await serving.dial()
    client.get()
    await client.sees('one')
    client.socket.destroy()
    await until(() => isCancelled, 'the stream to end')
    assert.deepEqual(serving.records, [])
  })

  it('may be a Response of another make', async () => {
    class Own {
      readonly status = 201
      readonly statusText = ''
      readonly headers = new Headers({ 'x-own': '1' })
      readonly body = null
      readonly [Symbol.toStringTag] = 'Response'
    }
    await using serving = await serve(() => new Own())
    assert.equal((await fetch(serving.url)).status, 201)
  })

  it('may be given by hand', async () => {
    await using serving = await serve({
      fetch(_request: Request, context: { outgoing: { end(body: string): void } }) {
        context.outgoing.end('by hand')
        return new Response(null, { headers: { 'x-hono-already-sent': 'true' } })
      },
    })
    assert.equal(await (await fetch(serving.url)).text(), 'by hand')
  })
})
