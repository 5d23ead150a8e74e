/** Listeners of RequestEvent before web and node apps. */
import assert from 'node:assert/strict'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { describe, it } from 'node:test'
import { EventDispatcher } from '../../../src/events/dispatcher.ts'
import { RequestEvent } from '../../../src/events/request-event.ts'
import { serve } from './serving.ts'

const APPS = {
  web: (calls: string[]) => async (request: Request) => {
    calls.push('app')
    return new Response(`app got ${await request.text()}`)
  },
  node: (calls: string[]) => async (request: IncomingMessage, response: ServerResponse) => {
    calls.push('app')
    response.end(`app got ${await text(request)}`)
  },
}

/** A dispatcher with listeners that leave their name. */
function listening(
  calls: string[],
  listeners: Record<string, (event: RequestEvent) => unknown>,
): EventDispatcher {
  const dispatcher = new EventDispatcher()
  for (const [name, listener] of Object.entries(listeners)) {
    dispatcher.on(RequestEvent, (event) => {
      calls.push(name)
      return listener(event)
    })
  }
  return dispatcher
}

const post = (url: string): Promise<Response> => fetch(`${url}/path`, { method: 'POST', body: 'body' })
const pass = (): void => {}

for (const [kind, makeApp] of Object.entries(APPS)) {
  describe(`RequestEvent before a ${kind} app`, () => {
    it('is not dispatched without a listener', async () => {
      const calls: string[] = []
      const dispatcher = new EventDispatcher()
      dispatcher.dispatch = (event) => {
        calls.push('dispatch')
        return Promise.resolve(event)
      }
      await using serving = await serve(makeApp(calls), { dispatcher })
      assert.equal(await (await post(serving.url)).text(), 'app got body')
      assert.deepEqual(calls, ['app'])
    })

    it('ends with respond(): neither later listeners nor the app are called', async () => {
      const calls: string[] = []
      const respond = (event: RequestEvent): void => event.respond(new Response('answered', { status: 203 }))
      const dispatcher = listening(calls, { first: pass, second: respond, third: pass })
      await using serving = await serve(makeApp(calls), { dispatcher, accessLog: true })
      const answer = await post(serving.url)
      assert.deepEqual([answer.status, await answer.text()], [203, 'answered'])
      assert.deepEqual(calls, ['first', 'second'])
      assert.equal(serving.logged('Request').length, 1)
    })

    it('leaves the request to the app, body included', async () => {
      const calls: string[] = []
      let seen = ''
      const look = async (event: RequestEvent): Promise<void> => {
        await new Promise((resolve) => setImmediate(resolve))
        seen = `${event.request.method} ${new URL(event.request.url).pathname}`
      }
      await using serving = await serve(makeApp(calls), { dispatcher: listening(calls, { look }) })
      assert.equal(await (await post(serving.url)).text(), 'app got body')
      assert.deepEqual([calls, seen], [['look', 'app'], 'POST /path'])
    })

    it('that throws gives 500 and one record, and the app is not called', async () => {
      const calls: string[] = []
      const broken = (): never => {
        throw new Error('broken')
      }
      await using serving = await serve(makeApp(calls), { dispatcher: listening(calls, { broken }) })
      assert.equal((await post(serving.url)).status, 500)
      assert.deepEqual(calls, ['broken'])
      assert.equal(serving.logged('Request failed').length, 1)
    })

    it('is not dispatched for a request that the gate refuses', async () => {
      const calls: string[] = []
      await using serving = await serve(makeApp(calls), { dispatcher: listening(calls, { pass }) })
      const client = await serving.dial()
      client.send('GET / HTTP/1.1', 'host: a', 'host: b', '', '')
      await client.closed()
      assert.deepEqual(calls, [])
    })
  })
}

describe('a RequestEvent listener that reads the body', () => {
  const readCopy = (event: RequestEvent): Promise<string> => event.request.clone().text()

  it('leaves it to a web app when it reads a clone', async () => {
    await using serving = await serve(APPS.web([]), { dispatcher: listening([], { readCopy }) })
    assert.equal(await (await post(serving.url)).text(), 'app got body')
  })

  it('is told that a node app cannot read it again', { timeout: 10_000 }, async () => {
    const calls: string[] = []
    await using serving = await serve(APPS.node(calls), { dispatcher: listening(calls, { readCopy }) })
    assert.equal((await post(serving.url)).status, 500)
    const { code } = serving.only('Request failed')['err'] as { code: string }
    assert.equal(code, 'TSRV_BODY_TAKEN')
    assert.deepEqual(calls, ['readCopy'])
  })

  it('does not disturb a node app when it is all the same to it', async () => {
    const calls: string[] = []
    await using serving = await serve(APPS.node(calls), { dispatcher: listening(calls, { readCopy }) })
    assert.equal(await (await fetch(serving.url)).text(), 'app got ')
  })
})
