/** What an app in the style of connect gives back through `next`. */
import assert from 'node:assert/strict'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { describe, it } from 'node:test'
import type { Next } from '../../../src/http/app-shape.ts'
import { serve, type Serving } from './serving.ts'

const passing = (error?: unknown): Promise<Serving> =>
  serve((_request: IncomingMessage, response: ServerResponse, next: Next) => {
    response.setHeader('access-control-allow-origin', '*')
    response.setHeader('content-encoding', 'gzip')
    response.statusMessage = 'Of the app'
    next(error)
  })

describe('next', { concurrency: true }, () => {
  it('without an error is 404 and leaves no record', async () => {
    await using serving = await passing()
    const answer = await fetch(serving.url)
    assert.deepEqual([answer.status, await answer.text()], [404, 'Not Found\n'])
    assert.equal(answer.statusText, 'Not Found')
    assert.deepEqual(serving.records, [])
  })

  for (const error of [undefined, new Error('fault'), Object.assign(new Error('large'), { status: 413 })]) {
    it(`with ${String(error)} keeps the headers of the app, but for those of a body that is not sent`, async () => {
      await using serving = await passing(error)
      const { headers } = await fetch(serving.url)
      assert.equal(headers.get('access-control-allow-origin'), '*')
      assert.equal(headers.get('content-encoding'), null)
    })
  }

  it('with an error that brings headers sends them', async () => {
    const headers = { 'www-authenticate': 'Basic', broken: 1 }
    await using serving = await passing(Object.assign(new Error('who?'), { status: 401, headers }))
    const answer = await fetch(serving.url)
    assert.deepEqual([answer.status, answer.headers.get('www-authenticate')], [401, 'Basic'])
    assert.equal(answer.headers.get('broken'), null)
  })

  it('with an error that has no status takes the one that the app has set', async () => {
    await using serving = await serve((_request: unknown, response: ServerResponse, next: Next) => {
      response.statusCode = 403
      next(new Error('not for you'))
    })
    assert.equal((await fetch(serving.url)).status, 403)
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
    [Object.assign(new Error('later'), { status: 503 }), 503],
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
