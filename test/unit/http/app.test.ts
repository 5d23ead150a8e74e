/** What counts as an app, and which kind it is. */
import assert from 'node:assert/strict'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import https from 'node:https'
import { describe, it } from 'node:test'
import { asApp } from '../../../src/http/app.ts'
import type { App } from '../../../src/http/app-shape.ts'

class Site {
  readonly fetch = (): Response => new Response('site')
}

const EXPECTED =
  '{ fetch }, (request) => Response, (req, res) => …, an http.Server, an app of Express, Fastify, Koa or Nest, or nothing and calls listen() itself'

async function callWeb(app: App): Promise<string> {
  assert.ok(app.kind === 'web')
  const answer = (await app.handle(new Request('http://a/path'), {})) as Response
  return answer.text()
}

describe('asApp', () => {
  it('takes an object with fetch, which keeps its this', async () => {
    const counter = { text: 'mine', fetch: fetchText }
    assert.equal(await callWeb(asApp(counter, 'auto', 'm')), 'mine')
  })

  it('takes an instance of a class, private fields included', async () => {
    class Own {
      readonly #text = 'private'
      fetch(): Response {
        return new Response(this.#text)
      }
    }
    assert.equal(await callWeb(asApp(new Own(), 'auto', 'm')), 'private')
  })

  it('takes a function with fetch for a web app', async () => {
    const app = Object.assign((_request: unknown, _response: unknown) => {}, {
      text: 'both',
      fetch: fetchText,
    })
    assert.equal(await callWeb(asApp(app, 'auto', 'm')), 'both')
  })

  it('takes functions of up to one parameter for web apps, of two and more for node apps', () => {
    assert.equal(asApp(() => new Response(), 'auto', 'm').kind, 'web')
    assert.equal(asApp((_request: unknown) => new Response(), 'auto', 'm').kind, 'web')
    assert.equal(asApp((_request: unknown, _response: unknown) => {}, 'auto', 'm').kind, 'node')
    assert.equal(
      asApp((_request: unknown, _response: unknown, _next: unknown) => {}, 'auto', 'm').kind,
      'node',
    )
  })

  it('believes the configured kind in a doubt', () => {
    const node = (_request: IncomingMessage, _response?: ServerResponse): void => {}
    assert.equal(asApp((...all: unknown[]) => all, 'node', 'm').kind, 'node')
    assert.equal(asApp(node, 'web', 'm').kind, 'web')
    assert.equal(asApp(Object.assign(node, { fetch: node }), 'node', 'm').kind, 'node')
  })

  for (const [received, exported] of [
    ['a value of type null', null],
    ['a value of type string', 'app'],
    ['a value of type object', { listen: () => {} }],
    ['the class Site (export an instance: new Site())', Site],
    ['a server with TLS (export an http.Server: certificates are for tsrv or a proxy)', https.createServer()],
  ] as const) {
    it(`refuses ${received}`, () => {
      assert.throws(() => asApp(exported, 'auto', './app.ts'), {
        code: 'TSRV_APP_INVALID',
        message: `The app ./app.ts exports ${received}; expected ${EXPECTED}.`,
      })
    })
  }

  it('takes an http.Server for a node app with a server, and not for a web app', () => {
    const server = createServer()
    assert.equal(asApp(server, 'auto', 'm').server, server)
    assert.equal(asApp(server, 'node', 'm').kind, 'node')
    assert.throws(() => asApp(server, 'web', 'm'), { code: 'TSRV_APP_INVALID' })
  })

  it('refuses an object with fetch that is configured as a node app', () => {
    assert.throws(() => asApp({ fetch: fetchText }, 'node', 'm'), { code: 'TSRV_APP_INVALID' })
  })
})

function fetchText(this: { text: string }): Response {
  return new Response(this.text)
}
