/** Apps that fail: one answer, one record with the same id, and a worker that lives. */
import assert from 'node:assert/strict'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { after, before, describe, it } from 'node:test'
import { until } from '../../until.ts'
import { serve } from './serving.ts'

// node:test fails the running test on these; counted here to say what they were.
const strays: unknown[] = []
const stray = (error: unknown): void => void strays.push(error)
before(() => process.on('unhandledRejection', stray))
after(() => {
  process.off('unhandledRejection', stray)
  assert.deepEqual(strays, [])
})

type Node = (request: IncomingMessage, response: ServerResponse) => unknown

const used = new Response('used')
await used.text()

const FAILING = {
  'a web app throws': () => {
    throw new Error('broken')
  },
  'a web app rejects': async () => Promise.reject(new Error('broken')),
  'a web app throws no error but a string': () => {
    // oxlint-disable-next-line no-throw-literal, typescript/only-throw-error -- users do
    throw 'broken'
  },
  'a web app answers with nothing': () => {},
  'a web app answers with a string': () => 'broken',
  'a web app answers with null': async () => null,
  'a web app answers with a Response that has been read': () => used,
  'a web app answers with the error Response': () => Response.error(),
  'the body of an answer fails at once': () =>
    new Response(new ReadableStream({ start: (controller) => controller.error(new Error('broken')) })),
  'a node app throws': (_request: unknown, response: ServerResponse) => {
    response.setHeader('x-half', 'made')
    response.statusMessage = 'x-half'
    throw new Error('broken')
  },
  'a node app rejects': async (_request: unknown, _response: unknown) => Promise.reject(new Error('broken')),
  'a node app returns a thenable that fails': (_request: unknown, _response: unknown) => ({
    // oxlint-disable-next-line unicorn/no-thenable -- promises of libraries are such objects
    then: (_resolve: unknown, reject: (error: unknown) => void) => reject(new Error('broken')),
  }),
  'a node app sends a header that is none': (_request: unknown, response: ServerResponse) =>
    response.writeHead(200, { 'x-split': 'a\r\nset-cookie: b' }),
}

describe('a request that fails', () => {
  for (const [what, app] of Object.entries(FAILING)) {
    it(`gets one 500 and one record when ${what}`, async () => {
      await using serving = await serve(app)
      const client = await serving.dial()
      client.send('POST /path HTTP/1.1', 'host: a', 'content-length: 4', '', 'body')
      await client.sees('Internal Server Error\n')
      client.send('OPTIONS * HTTP/1.1', 'host: a', 'connection: close', '', '')
      await client.closed()
      assert.equal(client.statuses[0], 500)
      assert.doesNotMatch(client.received, /broken|x-half|x-split|set-cookie/)
      const failed = serving.logged('Request failed').filter(({ url }) => url === '/path')
      assert.equal(failed.length, 1)
      const { level, requestId, method, err } = failed[0] ?? missing()
      assert.deepEqual([level, method], ['error', 'POST'])
      assert.match(client.received, new RegExp(`x-request-id: ${String(requestId)}\r\n`))
      assert.ok(err !== undefined)
    })
  }

  it('tells what a web app answered with instead', async () => {
    await using serving = await serve(() => ({ ok: true }))
    await fetch(`${serving.url}/x`)
    const { code, message } = serving.only('Request failed')['err'] as Error & { code: string }
    assert.equal(code, 'TSRV_ANSWER_INVALID')
    assert.equal(message, 'The app answered GET /x with an instance of Object; expected a Response.')
  })

  const HALF_SENT = {
    'a node app that throws after its head': ((_request, response) => {
      response.writeHead(200, { 'content-length': 100 })
      response.write('half')
      throw new Error('broken')
    }) satisfies Node,
    'a node app that rejects after its head': (async (_request, response) => {
      response.write('half')
      await new Promise((resolve) => setImmediate(resolve))
      throw new Error('broken')
    }) satisfies Node,
    'a web app whose stream fails': () => {
      const chunks = ['half'].values()
      const pull = async (controller: ReadableStreamDefaultController): Promise<void> => {
        await new Promise((resolve) => setImmediate(resolve))
        const { value, done } = chunks.next()
        if (done) throw new Error('broken')
        controller.enqueue(Buffer.from(value))
      }
      return new Response(new ReadableStream({ pull }, { highWaterMark: 0 }))
    },
  }
  for (const [what, app] of Object.entries(HALF_SENT)) {
    it(`breaks the connection of ${what}`, async () => {
      await using serving = await serve(app)
      const client = await serving.dial()
      client.get()
      await client.closed()
      assert.doesNotMatch(client.received, /500|broken|0\r\n\r\n$/)
      assert.equal(serving.logged('Request failed').length, 1)
      assert.equal(serving.records.length, 1)
    })
  }

  it('keeps an answer that was complete before the throw', async () => {
    await using serving = await serve(((_request, response) => {
      response.end('complete')
      throw new Error('too late')
    }) satisfies Node)
    const client = await serving.dial()
    client.get()
    client.get('/', 'connection: close')
    assert.match(await client.closed(), /complete[^]*complete$/)
    assert.equal(serving.logged('Request failed').length, 2)
  })

  it('is recorded when a node app writes after the end', async () => {
    await using serving = await serve(((_request, response) => {
      response.end('complete')
      response.write('more')
    }) satisfies Node)
    assert.equal(await (await fetch(serving.url)).text(), 'complete')
    await until(() => serving.logged('Request failed').length === 1, 'the record')
  })

  it('is no error of the app when the client went in the middle of its body', async () => {
    let isReading = false
    await using serving = await serve((request: Request) => {
      isReading = true
      return request.text().then((text) => new Response(text))
    })
    const client = await serving.dial()
    client.send('POST / HTTP/1.1', 'host: a', 'content-length: 100', '', 'half')
    await until(() => isReading, 'the app to read')
    client.socket.destroy()
    await until(() => serving.records.length > 0, 'a record')
    const [{ level, message } = {}] = serving.records
    assert.deepEqual([level, message], ['warn', 'Request failed after its client had gone'])
  })
})

function missing(): never {
  throw new Error('there is no record')
}
