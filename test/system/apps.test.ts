/** One program for each kind of app, with the real package, through a whole life of the server. */
import assert from 'node:assert/strict'
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { until } from '../until.ts'
import { Load } from './load.ts'
import { tsrv } from './project.ts'
import { type LogRecord, ServerUnderTest } from './server-under-test.ts'

interface Kind {
  readonly file: string
  /** Frameworks that write errors to the console answer and tell them as they would anywhere. */
  readonly tells: 'log' | 'console'
  /** It has a close hook, which leaves a record. */
  readonly closes?: true
  /** It calls listen() itself. */
  readonly listens?: true
}

const KINDS: Readonly<Record<string, Kind>> = {
  '{ fetch }': { file: 'fetch.mjs', tells: 'log' },
  Hono: { file: 'hono.mjs', tells: 'console' },
  H3: { file: 'h3.mjs', tells: 'console' },
  '(request)': { file: 'request.mjs', tells: 'log' },
  '(req, res)': { file: 'req-res.mjs', tells: 'log' },
  connect: { file: 'connect.mjs', tells: 'log' },
  Express: { file: 'express.mjs', tells: 'log' },
  Koa: { file: 'koa.mjs', tells: 'log' },
  Fastify: { file: 'fastify.mjs', tells: 'log', closes: true },
  Nest: { file: 'nest.mjs', tells: 'console', closes: true },
  'http.Server': { file: 'http-server.mjs', tells: 'log', closes: true },
  'Express that listens before its import is done': {
    file: 'express-listens.mjs',
    tells: 'log',
    listens: true,
  },
  'Express that listens a second later': { file: 'late-listens.mjs', tells: 'log', listens: true },
  'Koa in CommonJS that listens a tick later': { file: 'koa-listens.cjs', tells: 'console', listens: true },
  'Hono that listens': { file: 'hono-listens.mjs', tells: 'console', listens: true },
  'Fastify that listens': { file: 'fastify-listens.mjs', tells: 'log', listens: true, closes: true },
  'Nest that listens': { file: 'nest-listens.mjs', tells: 'console', listens: true },
}

const POST = { method: 'POST', body: 'body', headers: { 'content-type': 'text/plain' } } as const

const start = (file: string, args: readonly string[] = []): Promise<ServerUnderTest> =>
  ServerUnderTest.start('apps', { withPackages: true, args: ['-o', `app=./${file}`, ...args] })

// Processes that boot one after the other leave a processor idle.
const TWO_AT_A_TIME = { concurrency: 2 }

describe('an app of the kind', TWO_AT_A_TIME, () => {
  for (const [name, { file, tells, closes, listens }] of Object.entries(KINDS)) {
    it(`${name} serves, sends tasks, lives through an error, reloads under load and stops`, async () => {
      await using server = await start(file)
      const pid = await server.pidOf('http')
      const [hello, echo] = [await server.request('/'), await server.request('/echo', POST)]
      assert.deepEqual([hello.status, hello.text], [200, 'hello'])
      // Nest answers 201.
      assert.match(`${echo.status} ${echo.text}`, /^20[01] body$/)

      assert.equal((await server.request('/throw')).status, 500)
      if (tells === 'log') await server.log(isError, 'the record of the error')
      else await until(() => server.stderr.includes(THROWN), 'the error on the console')

      assert.ok(Number((await server.request('/task')).text) > 0, 'the id of a task')
      await server.log((record) => record['data'] === 'mail done', 'the end of the task')
      assert.equal(await server.pidOf('http'), pid)

      const isRight = (text: string): boolean => /^hello(?: again)*$/.test(text)
      await using load = new Load(server, { kept: 2, fresh: 2, rest: 50, isRight })
      const greetings = listens ? ['hello again'] : ['hello again', 'hello again again']
      for (const greeting of greetings) {
        await load.goesOn(20)
        for (const file of globSync('*.mjs', { cwd: server.dir }))
          edit(server, file, /'hello[ \w]*'/g, `'${greeting}'`)
        const { code, stderr } = await tsrv(server.dir, ['reload'])
        assert.deepEqual([code, stderr], [0, ''])
        assert.equal((await server.request('/')).text, greeting)
      }
      await load.goesOn(20)
      await load.end()
      assert.deepEqual(load.failures, [])

      const { code, stdout } = await server.stop()
      assert.equal(code, 0)
      assert.equal(server.logs.filter(isError).length, tells === 'log' ? 1 : 0)
      assert.equal(server.logs.filter((record) => record['event'] === 'listen').length, listens ? 2 : 0)
      assert.equal(/The (?:app|server) closed/.test(stdout), closes === true)
    })
  }
})

describe('an app that listens by itself', TWO_AT_A_TIME, () => {
  it('is told the real address, and runs in several workers', async () => {
    await using server = await start('express-listens.mjs', ['-w', '2'])
    const told = server.logs.filter((record) => record['event'] === 'listening')
    const address = { address: '127.0.0.1', family: 'IPv4', port: Number(new URL(server.url).port) }
    assert.deepEqual(
      told.map((record) => [record['address'], record['is']]),
      [
        [address, true],
        [address, true],
      ],
    )
    assert.equal((await server.stop()).code, 0)
  })

  it('is told the path of a Unix socket', async () => {
    await using server = await ServerUnderTest.start('apps', {
      withPackages: true,
      args: ['-o', 'app=./express-listens.mjs', '-o', 'socket=./own.sock'],
    })
    const told = await server.log((record) => record['event'] === 'listening', 'the address')
    assert.equal(told['address'], path.join(server.dir, 'own.sock'))
  })
})

describe('an app of Express', () => {
  it('leaves what it does not answer to the server: 404, and 4xx for what its middleware refuses', async () => {
    await using server = await start('express.mjs')
    assert.equal((await server.request('/nowhere')).status, 404)
    const { status, text } = await server.request('/echo', { ...POST, body: 'x'.repeat(100) })
    assert.deepEqual([status, text], [413, 'Payload Too Large\n'])
    assert.deepEqual(
      server.logs.filter((record) => record.level === 'error'),
      [],
    )
  })
})

describe('an http.Server with WebSockets', TWO_AT_A_TIME, () => {
  it('gets them, and plain requests as well', async () => {
    await using server = await start('http-server.mjs')
    const socket = await open(server)
    assert.equal(await ask(socket, 'one'), 'echo one')
    assert.equal((await server.request('/')).text, 'hello')
    assert.equal(await ask(socket, 'two'), 'echo two')
    socket.close()
    assert.equal((await server.stop()).code, 0)
  })

  it('keeps those that are open through a reload, on the old code, while new ones get the new code', async () => {
    await using server = await start('http-server.mjs')
    const old = await open(server)
    edit(server, 'http-server.mjs', /echo/g, 'new echo')
    assert.equal((await tsrv(server.dir, ['reload'])).code, 0)
    const fresh = await open(server)
    assert.deepEqual([await ask(old, 'one'), await ask(fresh, 'one')], ['echo one', 'new echo one'])
    const states = async (): Promise<string> =>
      (await server.status()).workers.flatMap(({ role, state }) => (role === 'http' ? state : [])).join()
    assert.match(await states(), /draining/)
    assert.equal(await ask(old, 'two'), 'echo two')
    old.close()
    await until(async () => (await states()) === 'ready', 'the old worker to leave with its last connection')
    assert.equal(await ask(fresh, 'two'), 'new echo two')
  })

  it('closes those that are open at the deadline of a drain, and no others', async () => {
    await using server = await start('http-server.mjs', ['-o', 'processes.maxWaitTime=500ms'])
    const old = await open(server)
    const closed = new Promise<CloseEvent>((resolve) => old.addEventListener('close', resolve))
    assert.equal((await tsrv(server.dir, ['reload'])).code, 0)
    const fresh = await open(server)
    const { code, wasClean } = await closed
    assert.deepEqual([code, wasClean], [1001, true])
    assert.equal(await ask(fresh, 'one'), 'echo one')
  })

  it('closes them at the deadline of a stop', async () => {
    await using server = await start('http-server.mjs', ['-o', 'processes.maxWaitTime=500ms'])
    const socket = await open(server)
    const closed = new Promise<CloseEvent>((resolve) => socket.addEventListener('close', resolve))
    const [stopped, { code, wasClean }] = await Promise.all([server.stop(), closed])
    assert.deepEqual([stopped.code, code, wasClean], [0, 1001, true])
  })
})

describe('a boot', TWO_AT_A_TIME, () => {
  for (const [what, text, complaint] of [
    ['exports nothing and does not listen', 'export const site = 1', 'no default and called no listen()'],
    ['exports something else', 'export default { listen() {} }', 'a value of type object'],
    [
      'exports a server with TLS',
      "import https from 'node:https'; export default https.createServer()",
      'a server with TLS (',
    ],
  ] as const) {
    it(`fails when the app ${what}`, async () => {
      await using server = ServerUnderTest.launch('apps', {
        files: { 'own.mjs': text },
        args: ['-o', 'app=./own.mjs'],
      })
      const { code, stderr } = await server.ended
      assert.equal(code, 1)
      assert.ok(stderr.includes(`The app ./own.mjs exports ${complaint}`), stderr)
      assert.match(stderr, /expected \{ fetch \}, .* or nothing and calls listen\(\) itself\.$/m)
    })
  }

  it('fails when a plugin of Fastify does', async () => {
    await using server = ServerUnderTest.launch('apps', {
      withPackages: true,
      files: {
        'own.mjs': `import app from './fastify.mjs'
          app.register(async () => { throw new Error('no database') })
          export default app`,
      },
      args: ['-o', 'app=./own.mjs'],
    })
    const { code, stderr } = await server.ended
    assert.equal(code, 1)
    assert.match(stderr, /Cannot load \.\/own\.mjs \(app\): Error: no database/)
  })
})

describe('a stop', () => {
  it('waits for close hooks, but not for ever', async () => {
    await using server = await ServerUnderTest.start('apps', {
      withPackages: true,
      files: {
        'own.mjs': `import app from './fastify.mjs'
          app.addHook('onClose', () => new Promise((resolve) => setTimeout(resolve, 20_000)))
          export default app`,
      },
      args: ['-o', 'app=./own.mjs', '-o', 'processes.maxWaitTime=100ms'],
    })
    assert.equal((await server.stop()).code, 0)
    const record = await server.log((one) => one.msg === 'The app could not be closed', 'the record')
    assert.equal((record['err'] as { code: string }).code, 'TSRV_APP_CLOSE_TIMEOUT')
  })
})

function edit({ dir }: ServerUnderTest, file: string, from: RegExp, to: string): void {
  const name = path.join(dir, file)
  writeFileSync(name, readFileSync(name, 'utf8').replaceAll(from, to))
}

const THROWN = 'thrown on purpose'

function isError(record: LogRecord): boolean {
  return (record['err'] as { message?: string } | undefined)?.message === THROWN
}

async function open(server: ServerUnderTest): Promise<WebSocket> {
  const socket = new WebSocket(server.url.replace('http:', 'ws:'))
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve)
    socket.addEventListener('error', reject)
  })
  return socket
}

function ask(socket: WebSocket, message: string): Promise<unknown> {
  assert.equal(socket.readyState, WebSocket.OPEN, 'the socket is open')
  return new Promise((resolve, reject) => {
    socket.addEventListener('message', (event) => resolve(event.data), { once: true })
    socket.addEventListener('close', reject, { once: true })
    socket.send(message)
  })
}
