/** Where an app is looked for, and when it is known what it is. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { Server } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { loadApp } from '../../../src/http/app-loader.ts'
import type { App, AppKind } from '../../../src/http/app-shape.ts'
import { ListenCapture } from '../../../src/http/listen-capture.ts'
import type { Logger } from '../../../src/server.ts'

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

interface Loading {
  readonly module?: string
  readonly kind?: AppKind
  /** Milliseconds. */
  readonly patience?: number
}

async function load(place: string, { module, kind = 'auto', patience = 60_000 }: Loading = {}): Promise<App> {
  const address = { address: '127.0.0.1', family: 'IPv4', port: 8080 }
  using listens = new ListenCapture({ address: () => address, onTaken: () => {} }).start()
  return await loadApp({ module, kind, root: place, listens, patience, log: {} as Logger })
}

describe('loadApp', () => {
  const EXPORTS =
    "export default { fetch: () => new Response(import.meta.url.split('/').slice(-2).join('/')) }"

  it('looks in src/app, app, src/index, in this order', async () => {
    const all = { 'src/app.ts': EXPORTS, 'app.mjs': EXPORTS, 'src/index.js': EXPORTS }
    assert.equal(await callWeb(await load(folder(all))), 'src/app.ts')
    assert.match(
      await callWeb(
        await load(folder({ ...all, 'src/app.ts': '', 'src/app.mts': EXPORTS }), { module: 'app.mjs' }),
      ),
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
    assert.equal(await callWeb(await load(place, { module: './lib/site.ts' })), 'lib/site.ts')
    assert.equal(await callWeb(await load(place, { module: 'lib/site.ts' })), 'lib/site.ts')
    assert.equal(await callWeb(await load(place, { module: './lib/site.ts#other' })), 'other')
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
    await assert.rejects(load(place), {
      code: 'TSRV_APP_INVALID',
      message: /exports no default and called no listen\(\); expected/,
    })
    await assert.rejects(load(place, { module: './app.ts#web' }), {
      code: 'TSRV_APP_INVALID',
      message: /exports no web and called no listen\(\); expected/,
    })
  })

  it('names a file that is not there', async () => {
    await assert.rejects(load(folder({}), { module: './nowhere.ts' }), {
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

  it('awaits a promise that is exported', async () => {
    const text = "export default Promise.resolve({ fetch: () => new Response('awaited') })"
    assert.equal(await callWeb(await load(folder({ 'app.mjs': text }))), 'awaited')
  })

  it('tells why an app could not be made ready', async () => {
    const text = `const methods = { routing() {}, close() {}, addHook() {}, log: {} }
      export default { ...methods, ready: async () => { throw new Error('no database') } }`
    await assert.rejects(load(folder({ 'app.mjs': text })), {
      code: 'TSRV_MODULE_FAILED',
      message: /\(app\): Error: no database/,
    })
  })
})

describe('a module that calls listen()', () => {
  const SERVER =
    "import { createServer } from 'node:http'\nexport const server = createServer((q, r) => r.end())"
  const isServer = (app: App): boolean => app.kind === 'node' && app.server instanceof Server

  it('needs no export', async () => {
    assert.ok(isServer(await load(folder({ 'app.mjs': `${SERVER}\nserver.listen(1)` }))))
  })

  it('may wait for its own server before its import is done', async () => {
    const text = `${SERVER}\nawait new Promise((resolve) => server.listen(1, resolve))
      if (!server.listening || server.address().port !== 8080) throw new Error('does not listen')`
    assert.ok(isServer(await load(folder({ 'app.mjs': text }))))
  })

  for (const [when, call] of [
    ['a tick later', 'setImmediate(() => server.listen(1))'],
    ['when a timer has fired', 'setTimeout(() => server.listen(1), 700)'],
  ] as const) {
    it(`may do it ${when}`, async () => {
      assert.ok(isServer(await load(folder({ 'app.mjs': `${SERVER}\n${call}` }))))
    })
  }

  it('may be CommonJS, where nothing exported is an empty object', async () => {
    const text = "require('node:http').createServer().listen(1)"
    assert.ok(isServer(await load(folder({ 'app.cjs': text }))))
    const later = `setTimeout(() => ${text}, 100)`
    assert.ok(isServer(await load(folder({ 'app.cjs': later }))))
  })

  it('is given up when its time is up, although something is under way', async () => {
    const text = 'export const timer = setTimeout(() => {}, 10_000)'
    const place = folder({ 'app.mjs': text })
    const startedAt = performance.now()
    await assert.rejects(load(place, { patience: 100 }), {
      code: 'TSRV_APP_INVALID',
      message: /exports no default and called no listen\(\); expected/,
    })
    assert.ok(performance.now() - startedAt < 5000)
    const { timer } = (await import(path.join(place, 'app.mjs'))) as { timer: NodeJS.Timeout }
    clearTimeout(timer)
  })

  it('is served by what it exports, if that is an app', async () => {
    const text = `${SERVER}\nserver.listen(1)\nexport default { fetch: () => new Response('exported') }`
    assert.equal(await callWeb(await load(folder({ 'app.mjs': text }))), 'exported')
  })

  it('is served by its server, if that takes upgrades', async () => {
    const text = `${SERVER}\nserver.listen(1).on('upgrade', () => {})\nexport default (req, res) => {}`
    const place = folder({ 'app.mjs': text })
    assert.ok(isServer(await load(place)))
    assert.equal((await load(place, { kind: 'web' })).kind, 'web')
  })

  it('is served by its server, if it exports something else', async () => {
    const text = `${SERVER}\nserver.listen(1)\nexport default 'my program'`
    assert.ok(isServer(await load(folder({ 'app.mjs': text }))))
  })
})
