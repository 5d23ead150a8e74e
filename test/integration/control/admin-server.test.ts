/** The admin listener: who may ask what, and what is answered in each state of the server. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import http from 'node:http'
import { connect, createServer } from 'node:net'
import { text } from 'node:stream/consumers'
import { describe, it } from 'node:test'
import {
  AdminServer,
  type AdminHandlers,
  type AdminServerOptions,
} from '../../../src/control/admin-server.ts'
import type { Health, ServerState } from '../../../src/control/protocol.ts'
import { TsrvError } from '../../../src/errors.ts'
import { STATUS } from '../../fixtures/control-status.ts'

interface Answer {
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  readonly body: Readonly<Record<string, unknown>>
}

class Admin implements AsyncDisposable {
  readonly #server: AdminServer
  health: Health = { state: 'ready', http: 'serving' }

  constructor(options: Partial<AdminServerOptions> = {}) {
    this.#server = new AdminServer({ host: '127.0.0.1', port: 0, token: undefined, ...options })
  }

  static async open(
    options: Partial<AdminServerOptions> = {},
    handlers: Partial<AdminHandlers> = {},
  ): Promise<Admin> {
    const admin = new Admin(options)
    await admin.#server.start({
      health: () => admin.health,
      status: () => Promise.resolve(STATUS),
      ...handlers,
    })
    return admin
  }

  get url(): string {
    return this.#server.url ?? ''
  }

  async ask(path: string, options: http.RequestOptions = {}): Promise<Answer> {
    const request = http.request(new URL(path, this.url), { agent: false, ...options }).end()
    const [response] = (await once(request, 'response')) as [http.IncomingMessage]
    const body = await text(response)
    return {
      status: response.statusCode ?? 0,
      headers: response.headers,
      body: body === '' ? {} : (JSON.parse(body) as Answer['body']),
    }
  }

  /** Sends bytes as they are and gives back all that comes until the connection is closed. */
  async exchange(bytes: string): Promise<string> {
    const socket = connect(Number(new URL(this.url).port), '127.0.0.1')
    socket.end(bytes)
    return text(socket)
  }

  stop(): Promise<void> {
    return this.#server.stop()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }
}

describe('/live and /ready', () => {
  const EXPECTED: readonly (readonly [ServerState, Health['http'], live: number, ready: number])[] = [
    ['starting', 'gone', 200, 503],
    ['ready', 'serving', 200, 200],
    // The last worker died a moment ago, and its successor boots.
    ['ready', 'gone', 200, 503],
    // A service has failed, or one worker of several.
    ['unhealthy', 'serving', 200, 200],
    ['unhealthy', 'blocked', 200, 503],
    ['unhealthy', 'gone', 503, 503],
    ['restarting', 'serving', 200, 200],
    ['stopping', 'serving', 200, 503],
    ['stopping', 'gone', 200, 503],
  ]

  for (const [state, workers, live, ready] of EXPECTED) {
    it(`answer ${live} and ${ready} when the server is ${state} and its HTTP workers are ${workers}`, async () => {
      await using admin = await Admin.open()
      admin.health = { state, http: workers }
      const [first, second] = [await admin.ask('/live'), await admin.ask('/ready')]
      assert.deepEqual([first.status, second.status], [live, ready])
      assert.deepEqual([first.body['live'], second.body['ready']], [live === 200, ready === 200])
      for (const { status, body } of [first, second])
        assert.equal(typeof body['reason'], status === 503 ? 'string' : 'undefined')
      if (ready === 503) assert.equal(second.body['state'], state)
    })
  }

  it("need no token, and tell nothing that is nobody's business", async () => {
    await using admin = await Admin.open({ token: 'secret' })
    assert.equal((await admin.ask('/live')).status, 200)
    assert.deepEqual((await admin.ask('/ready')).body, { ready: true })
  })

  it('answer HEAD, and a path with a query', async () => {
    await using admin = await Admin.open()
    assert.equal((await admin.ask('/ready', { method: 'HEAD' })).status, 200)
    assert.equal((await admin.ask('/live?verbose')).status, 200)
  })
})

describe('/status', () => {
  it('tells this machine everything when there is no token', async () => {
    await using admin = await Admin.open()
    const { status, body } = await admin.ask('/status')
    assert.deepEqual([status, body], [200, JSON.parse(JSON.stringify(STATUS))])
  })

  it('tells nothing to a page in a browser that calls this machine by a name of its own', async () => {
    await using admin = await Admin.open()
    for (const host of ['evil.example', 'evil.example:80', '127.0.0.1.evil.example'])
      assert.equal((await admin.ask('/status', { headers: { host } })).status, 403, host)
    for (const host of ['localhost', 'localhost:9090', '127.0.0.1:1', '[::1]:9090'])
      assert.equal((await admin.ask('/status', { headers: { host } })).status, 200, host)
  })

  it('wants the token when there is one, from everybody', async () => {
    await using admin = await Admin.open({ token: 'correct horse' })
    const bearer = (authorization: string): http.RequestOptions => ({ headers: { authorization } })
    const refused = await admin.ask('/status')
    assert.deepEqual([refused.status, refused.headers['www-authenticate']], [401, 'Bearer realm="tsrv"'])
    assert.ok(!JSON.stringify(refused.body).includes(STATUS.name))
    for (const wrong of [
      'Bearer correct',
      'Bearer correct horses',
      'Basic correct horse',
      'Bearer ',
      'correct horse',
    ])
      assert.equal((await admin.ask('/status', bearer(wrong))).status, 401, wrong)
    assert.equal((await admin.ask('/status', bearer('Bearer correct horse'))).status, 200)
    const headers = { host: 'pod-7', authorization: 'bearer correct horse' }
    assert.equal((await admin.ask('/status', { headers })).status, 200)
  })

  it('answers 500 when nobody can tell', async () => {
    const status = (): Promise<never> => Promise.reject(new TsrvError('TASK_SERVER_MISSING'))
    await using admin = await Admin.open({}, { status })
    const answer = await admin.ask('/status')
    assert.deepEqual([answer.status, answer.body['code']], [500, 'TSRV_TASK_SERVER_MISSING'])
    assert.equal((await admin.ask('/live')).status, 200)
  })
})

describe('the admin listener', () => {
  it('knows no other route, and no way to change anything', async () => {
    await using admin = await Admin.open()
    for (const path of ['/', '/stop', '/live/', '/constructor'])
      assert.equal((await admin.ask(path)).status, 404, path)
    for (const method of ['POST', 'PUT', 'DELETE']) {
      const { status, headers } = await admin.ask('/ready', { method })
      assert.deepEqual([status, headers.allow], [405, 'GET, HEAD'])
    }
  })

  it('answers once a connection, and what it does not understand with 400', async () => {
    await using admin = await Admin.open()
    assert.equal((await admin.ask('/live')).headers.connection, 'close')
    assert.match(await admin.exchange('GET /live HTTP/9\r\n\r\n'), /^HTTP\/1\.1 400 /)
    assert.match(
      await admin.exchange(`GET /${'x'.repeat(10_000)} HTTP/1.1\r\nhost: a\r\n\r\n`),
      /^HTTP\/1\.1 431 /,
    )
    assert.equal((await admin.ask('/live')).status, 200)
  })

  it('says where it is, also with an IPv6 address', async () => {
    await using admin = await Admin.open()
    assert.match(admin.url, /^http:\/\/127\.0\.0\.1:\d+$/)
    await using six = await Admin.open({ host: '::1' })
    assert.match(six.url, /^http:\/\/\[::1\]:\d+$/)
    assert.equal((await six.ask('/status')).status, 200)
  })

  it('rejects with what the system has against its address', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as { port: number }
    await assert.rejects(Admin.open({ port }), { code: 'EADDRINUSE' })
    other.close()
  })

  it('is gone after its stop, however idle connections are', async () => {
    const admin = await Admin.open()
    const { url } = admin
    const silent = connect(Number(new URL(url).port), '127.0.0.1')
    await once(silent, 'connect')
    await Promise.all([admin.stop(), admin.stop(), once(silent, 'close')])
    const again = http.get(`${url}/live`, { agent: false })
    await assert.rejects(once(again, 'response'), { code: 'ECONNREFUSED' })
  })
})
