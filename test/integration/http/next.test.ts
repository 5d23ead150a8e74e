/** What an app in the style of connect gives back through `next`. */
import assert from 'node:assert/strict'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { describe, it } from 'node:test'
import type { Next } from '../../../src/http/app-shape.ts'
import { serve, type Serving } from './serving.ts'

const passing = (error?: unknown): Promise<Serving> =>
  serve((_request: IncomingMessage, response: ServerResponse, next: Next) => {
    response.setHeader('x-own', 'dropped')
    next(error)
  })

describe('next', { concurrency: true }, () => {
  it('without an error is 404 and leaves no record', async () => {
    await using serving = await passing()
    const answer = await fetch(serving.url)
    assert.deepEqual([answer.status, await answer.text()], [404, 'Not Found\n'])
    assert.equal(answer.headers.get('x-own'), null)
    assert.deepEqual(serving.records, [])
  })

  it('with an error is 500 and one record with the request id', async () => {
    await using serving = await passing(new Error('fault'))
    const answer = await fetch(serving.url)
    assert.equal(answer.status, 500)
    assert.equal(serving.only('Request failed')['requestId'], answer.headers.get('x-request-id'))
  })

  for (const [error, status] of [
    [Object.assign(new Error('too large'), { status: 413 }), 413],
    [Object.assign(new Error('no text'), { statusCode: 415 }), 415],
    [Object.assign(new Error('later'), { status: 503 }), 500],
    [Object.assign(new Error('odd'), { status: 200 }), 500],
    [Object.assign(new Error('odd'), { status: 499 }), 500],
    ['a text', 500],
  ] as const) {
    it(`with ${JSON.stringify(error)} is ${status}`, async () => {
      await using serving = await passing(error)
      assert.equal((await fetch(serving.url)).status, status)
      assert.equal(serving.only(status < 500 ? 'Request refused by the app' : 'Request failed')['url'], '/')
    })
  }

  it('breaks a connection on which part of an answer is out', async () => {
    await using serving = await serve((_request: unknown, response: ServerResponse, next: Next) => {
      response.writeHead(200, { 'content-length': 10 })
      response.write('part', () => next())
    })
    const client = await serving.dial()
    client.get()
    assert.match(await client.closed(), /part$/)
  })

  it('is not given to a handler of two parameters, whose third is its own', async () => {
    const app = (_request: unknown, response: ServerResponse, text = 'own'): unknown => response.end(text)
    await using serving = await serve(app)
    assert.equal(await (await fetch(serving.url)).text(), 'own')
  })
})
