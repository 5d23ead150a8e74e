/** Web frameworks know that they run on Node, and look for its request and response in places of their own. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { getConnInfo } from '@hono/node-server/conninfo'
import { fromNodeHandler, getRequestIP, H3 } from 'h3'
import { Hono } from 'hono'
import type { ConnInfo } from 'hono/conninfo'
import { serve } from './serving.ts'

describe('a framework that asks for more than the web standard has', () => {
  it('gets the address of the client: getConnInfo of Hono', async () => {
    const app = new Hono().get('/', (context) => context.json(getConnInfo(context).remote))
    await using serving = await serve(app)
    const { address, addressType } = (await (await fetch(serving.url)).json()) as ConnInfo['remote']
    assert.deepEqual([address, addressType], ['127.0.0.1', 'IPv4'])
  })

  it('gets the address of the client: getRequestIP of H3', async () => {
    await using serving = await serve(new H3().get('/', (event) => getRequestIP(event)))
    assert.equal(await (await fetch(serving.url)).text(), '127.0.0.1')
  })

  it('runs handlers of Node: fromNodeHandler of H3', async () => {
    const handler = fromNodeHandler((request, response) => {
      response.setHeader('x-by', 'node')
      response.end(`${request.method} by hand`)
    })
    await using serving = await serve(new H3().get('/', handler))
    const answer = await fetch(serving.url)
    assert.deepEqual([answer.headers.get('x-by'), await answer.text()], ['node', 'GET by hand'])
    assert.deepEqual(serving.records, [])
  })
})
