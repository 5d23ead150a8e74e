/** What counts as an app, which kind it is, and where it is looked for. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { asApp, loadApp, type App } from '../../../src/http/app.ts'

class Site {
  readonly fetch = (): Response => new Response('site')
}

let root = ''
before(() => (root = mkdtempSync(path.join(tmpdir(), 'tsrv-app-'))))
after(() => rmSync(root, { recursive: true, force: true }))

async function callWeb(app: App): Promise<string> {
  assert.ok(app.kind === 'web')
  const answer = (await app.handle(new Request('http://a/path'), {})) as Response
  return answer.text()
}

/** Writes files into a fresh folder. */
function folder(files: Readonly<Record<string, string>>): string {
  const place = mkdtempSync(path.join(root, 'case-'))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(place, name)), { recursive: true })
    writeFileSync(path.join(place, name), text)
  }
  return place
}

const load = (place: string, module?: string): Promise<App> => loadApp({ module, kind: 'auto', root: place })

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
  ] as const) {
    it(`refuses ${received}`, () => {
      assert.throws(() => asApp(exported, 'auto', './app.ts'), {
        code: 'TSRV_APP_INVALID',
        message: `The app ./app.ts exports ${received}; expected { fetch }, (request) => Response, or (req, res) => ….`,
      })
    })
  }

  it('refuses an object with fetch that is configured as a node app', () => {
    assert.throws(() => asApp({ fetch: fetchText }, 'node', 'm'), { code: 'TSRV_APP_INVALID' })
  })
})

describe('loadApp', () => {
  const EXPORTS =
    "export default { fetch: () => new Response(import.meta.url.split('/').slice(-2).join('/')) }"

  it('looks in src/app, app, src/index, in this order', async () => {
    const all = { 'src/app.ts': EXPORTS, 'app.mjs': EXPORTS, 'src/index.js': EXPORTS }
    assert.equal(await callWeb(await load(folder(all))), 'src/app.ts')
    assert.match(
      await callWeb(await load(folder({ ...all, 'src/app.ts': '', 'src/app.mts': EXPORTS }), 'app.mjs')),
      /app.mjs/,
    )
    assert.match(
      await callWeb(await load(folder({ 'app.mjs': EXPORTS, 'src/index.mjs': EXPORTS }))),
      /app.mjs/,
    )
    assert.equal(await callWeb(await load(folder({ 'src/index.mjs': EXPORTS }))), 'src/index.mjs')
  })

  it('says where it looked when there is none', async () => {
    const place = folder({})
    await assert.rejects(load(place), (error: Error & { code: string }) => {
      assert.equal(error.code, 'TSRV_APP_NOT_FOUND')
      assert.match(error.message, /src\/app, app, src\/index \(\.ts \.mts \.js \.mjs \.cjs\) in /)
      return error.message.includes(place)
    })
  })

  it('takes a path with and without a leading dot, and another export by its name', async () => {
    const place = folder({ 'lib/site.ts': `${EXPORTS}\nexport const other = () => new Response('other')` })
    assert.equal(await callWeb(await load(place, './lib/site.ts')), 'lib/site.ts')
    assert.equal(await callWeb(await load(place, 'lib/site.ts')), 'lib/site.ts')
    assert.equal(await callWeb(await load(place, './lib/site.ts#other')), 'other')
  })

  it('takes the default of a file that was compiled to CommonJS', async () => {
    const text = "exports.__esModule = true; exports.default = { fetch: () => new Response('compiled') }"
    assert.equal(await callWeb(await load(folder({ 'app.cjs': text }))), 'compiled')
  })

  it('takes module.exports', async () => {
    const app = await load(folder({ 'app.cjs': 'module.exports = (req, res) => res.end()' }))
    assert.equal(app.kind, 'node')
  })

  it('names the missing export', async () => {
    const place = folder({ 'app.ts': 'export const apps = 1' })
    await assert.rejects(load(place), { code: 'TSRV_APP_INVALID', message: /exports no default; expected/ })
    await assert.rejects(load(place, './app.ts#web'), {
      code: 'TSRV_APP_INVALID',
      message: /exports no web; expected/,
    })
  })

  it('names a file that is not there', async () => {
    await assert.rejects(load(folder({}), './nowhere.ts'), {
      code: 'TSRV_MODULE_FAILED',
      message: /nowhere\.ts/,
    })
  })

  it('tells what a file throws while it loads, and keeps it as the cause', async () => {
    const place = folder({ 'app.ts': "throw new RangeError('at load')" })
    await assert.rejects(load(place), (error: Error & { code: string }) => {
      assert.equal(error.code, 'TSRV_MODULE_FAILED')
      assert.match(error.message, /RangeError: at load/)
      return error.cause instanceof RangeError
    })
  })
})

function fetchText(this: { text: string }): Response {
  return new Response(this.text)
}
