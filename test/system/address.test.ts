/** A reload that changes where the server listens. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { once } from 'node:events'
import path from 'node:path'
import { describe, it } from 'node:test'
import { until } from '../until.ts'
import { freePort } from './free-port.ts'
import { listenersOf } from './listeners.ts'
import { Load } from './load.ts'
import { isAlive } from './alive.ts'
import { tsrv } from './project.ts'
import { type LogRecord, ServerUnderTest } from './server-under-test.ts'
import { WatchedServer } from './watched-server.ts'

// Linux has all of 127.0.0.0/8; elsewhere only the first address is there.
const LINUX_ONLY = { skip: process.platform !== 'linux' }

// The answer to /held waits until there is a file "go".
const APP = `import { existsSync } from 'node:fs'
export default async (request) => {
  const isHeld = new URL(request.url).pathname === '/held'
  while (isHeld && !existsSync('go')) await new Promise((resolve) => setTimeout(resolve, 20))
  return new Response('here')
}`

// Answers with its process id. While it answers /block, which waits for a file "unblock", nothing else happens there.
const BLOCKING = `import { existsSync, writeSync } from 'node:fs'
export default async (request) => {
  const { pathname } = new URL(request.url)
  while (pathname === '/held' && !existsSync('go')) await new Promise((resolve) => setTimeout(resolve, 20))
  if (pathname === '/block') writeSync(1, 'blocks\\n')
  while (pathname === '/block' && !existsSync('unblock'));
  return new Response(String(process.pid))
}`

const config = (settings: object): string => `export default ${JSON.stringify({ workers: 2, ...settings })}`

function start(settings: object): Promise<ServerUnderTest> {
  const files = { 'app.js': APP, 'tsrv.config.ts': config(settings) }
  return ServerUnderTest.start('plain-app', { files, ownPort: 'port' in settings })
}

const urlsIn = (server: ServerUnderTest): unknown =>
  (JSON.parse(readFileSync(server.runFile('server.json'), 'utf8')) as { urls: unknown }).urls

/** Whether anybody listens there. */
async function answers(server: ServerUnderTest, url: string): Promise<boolean> {
  const { url: own } = server
  server.url = url
  try {
    return (await server.request('/')).status === 200
  } catch {
    return false
  } finally {
    server.url = own
  }
}

/** Is connected first, and asks later. */
class Visitor {
  readonly connected: Promise<unknown>
  readonly #socket: Socket
  #received = ''

  constructor(url: string) {
    const { hostname, port } = new URL(url)
    this.#socket = connect(Number(port), hostname)
    this.connected = once(this.#socket, 'connect')
    this.#socket.setEncoding('latin1').on('data', (text: string) => (this.#received += text))
    this.#socket.on('error', ({ message }) => (this.#received += message))
  }

  async ask(): Promise<string> {
    this.#socket.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
    await until(() => this.#socket.closed, 'the answer and the end')
    return this.#received
  }
}

describe('a reload with another address', async () => {
  const moves: readonly (readonly [string, object, object])[] = [
    ['another host', { host: '127.0.0.1' }, { host: '127.0.0.2' }],
    ['another port', { port: await freePort() }, { port: await freePort() }],
    ['a unix socket instead of a port', {}, { socket: './app.sock' }],
    ['another unix socket', { socket: './old.sock' }, { socket: './new.sock' }],
    ['a port instead of a unix socket', { socket: './app.sock' }, {}],
  ]
  for (const [what, before, after] of moves) {
    it(
      `listens at the new one and does not drop a request at the old one (${what})`,
      LINUX_ONLY,
      async () => {
        await using server = await start(before)
        const old = server.url
        await using load = new Load(server, { kept: 4, fresh: 4 })
        await load.goesOn(10)
        // With an old worker, whose end is the end of the old address.
        const held = server.request('/held')
        await load.goesOn(10)
        writeFileSync(path.join(server.dir, 'tsrv.config.ts'), config(after))
        const { code, stderr } = await tsrv(server.dir, ['reload'])
        assert.deepEqual([code, stderr], [0, ''])
        await load.goesOn(20)
        const { urls } = await server.status()
        const [url = ''] = urls
        assert.notEqual(url, old)
        assert.deepEqual(urlsIn(server), urls)
        assert.ok(await answers(server, url))
        await load.end()
        assert.deepEqual(load.failures, [])
        writeFileSync(path.join(server.dir, 'go'), '')
        assert.equal((await held).text, 'here')
        await until(async () => !(await answers(server, old)), 'the end of the old address')
        if (old.startsWith('unix:')) assert.equal(existsSync(old.slice('unix:'.length)), false)
        assert.ok(await answers(server, url))
        assert.equal((await server.stop()).code, 0)
      },
    )
  }

  const endings = {
    reload: 'of whose workers the last one has left',
    restart: 'of the stand-in',
  }
  for (const [verb, which] of Object.entries(endings)) {
    it(
      `serves who is connected when an address is given up (${verb}: the one ${which})`,
      LINUX_ONLY,
      async () => {
        await using server = await ServerUnderTest.start('plain-app', {
          files: { 'app.js': BLOCKING, 'tsrv.config.ts': config({ workers: 1, host: '127.0.0.1' }) },
        })
        const old = server.url
        const first = (await server.request('/')).text
        const held = server.request('/held')
        writeFileSync(path.join(server.dir, 'tsrv.config.ts'), config({ workers: 1, host: '127.0.0.2' }))
        const moved = tsrv(server.dir, [verb])
        const next = async (): Promise<string> => (await server.request('/')).text
        await until(async () => (await next()) !== first, 'an answer of the next worker at the old address')
        // The first worker has the held request to finish, and from now on no others.
        await until(() => listenersOf(Number(first)) === 0, 'the first worker to accept no more')
        const blocked = server.request('/block')
        await server.log(({ msg }) => msg === 'blocks', 'the block of the next worker')
        writeFileSync(path.join(server.dir, 'go'), '')
        assert.equal((await held).text, first)
        assert.equal((await moved).code, 0)
        await until(() => !isAlive(Number(first)), 'the end of the first worker')
        const [url = ''] = (await server.status()).urls
        assert.match(url, /127\.0\.0\.2/)
        // The system completes these: the blocked worker has the socket, and does not look after it.
        const late = Array.from({ length: 8 }, () => new Visitor(old))
        await Promise.all(late.map(({ connected }) => connected))
        writeFileSync(path.join(server.dir, 'unblock'), '')
        const { text: answer } = await blocked
        for (const visitor of late) assert.match(await visitor.ask(), new RegExp(`200 OK[^]*${answer}`))
        await until(async () => !(await answers(server, old)), 'the end of the old address')
      },
    )
  }

  it('keeps everything as it is when the new one is taken, as does a restart', async () => {
    await using server = await start({})
    const before = await server.status()
    const stranger = createServer().listen(path.join(server.dir, 'taken.sock'))
    await once(stranger, 'listening')
    writeFileSync(path.join(server.dir, 'tsrv.config.ts'), config({ socket: './taken.sock' }))
    for (const [verb, complaint] of [
      ['reload', /^✖ Reload failed, the old code keeps running: Address .*taken\.sock is already in use/],
      ['restart', /^✖ Restart failed, the old code keeps running: Address .*taken\.sock is already in use/],
    ] as const) {
      const { code, stderr } = await tsrv(server.dir, [verb])
      assert.equal(code, 1)
      assert.match(stderr, complaint)
    }
    stranger.close()
    const after = await server.status()
    assert.deepEqual(
      [after.urls, after.generation, after.workers.map(({ pid }) => pid)],
      [before.urls, before.generation, before.workers.map(({ pid }) => pid)],
    )
    assert.ok(await answers(server, server.url))
  })

  it('stays at the old one when the new code does not boot, and moves with the code that does', async () => {
    await using server = await start({})
    writeFileSync(path.join(server.dir, 'tsrv.config.ts'), config({ socket: './app.sock' }))
    writeFileSync(path.join(server.dir, 'app.js'), 'export default {{{')
    assert.equal((await tsrv(server.dir, ['reload'])).code, 1)
    assert.deepEqual((await server.status()).urls, [server.url])
    assert.ok(await answers(server, server.url))
    writeFileSync(path.join(server.dir, 'app.js'), APP)
    assert.equal((await tsrv(server.dir, ['reload'])).code, 0)
    const [url = ''] = (await server.status()).urls
    assert.match(url, /^unix:.*app\.sock$/)
    assert.ok(await answers(server, url))
    await until(async () => !(await answers(server, server.url)), 'the end of the old address')
    const moved = server.logs.filter((record: LogRecord) => record['event'] === 'moved')
    assert.equal(moved.length, 1)
  })

  it('is also what a restart takes over', LINUX_ONLY, async () => {
    await using server = await start({ host: '127.0.0.1' })
    const old = server.url
    await using load = new Load(server, { kept: 2, fresh: 2 })
    await load.goesOn(10)
    writeFileSync(path.join(server.dir, 'tsrv.config.ts'), config({ host: '127.0.0.2' }))
    // The old worker, and with it the old supervisor, stays until this one is answered.
    const held = server.request('/held')
    await server.request('/')
    const restarting = tsrv(server.dir, ['restart'])
    await until(async () => (await server.status()).state === 'restarting', 'the restart')
    await load.goesOn(20)
    await load.end()
    assert.deepEqual(load.failures, [])
    writeFileSync(path.join(server.dir, 'go'), '')
    assert.equal((await held).text, 'here')
    assert.equal((await restarting).code, 0)
    const [url = ''] = (await server.status()).urls
    assert.match(url, /127\.0\.0\.2/)
    assert.ok(await answers(server, url))
    await until(async () => !(await answers(server, old)), 'the end of the old address')
  })

  it('is taken over in watch mode, and spare workers do not keep the old one open', LINUX_ONLY, async () => {
    await using watched = await WatchedServer.start('plain-app', {
      files: { 'app.js': APP, 'tsrv.config.ts': config({ host: '127.0.0.1' }) },
    })
    const { server } = watched
    const old = server.url
    const children = (): number =>
      readFileSync(`/proc/${server.pid}/task/${server.pid}/children`, 'utf8').trim().split(' ').length
    await until(() => children() === 4, 'two workers and two spare ones')
    watched.save('tsrv.config.ts', config({ host: '127.0.0.2' }))
    await watched.reloaded()
    const [url] = (await server.status()).urls
    assert.match(url ?? '', /127\.0\.0\.2/)
    assert.ok(await answers(server, url ?? ''))
    await until(async () => (await server.status()).workers.length === 2, 'the end of the old workers')
    await until(() => children() === 4, 'new spare ones')
    const { hostname, port } = new URL(old)
    const [error] = (await once(connect(Number(port), hostname), 'error')) as [NodeJS.ErrnoException]
    assert.equal(error.code, 'ECONNREFUSED')
    server.url = url ?? ''
  })
})
