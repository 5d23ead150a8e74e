import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type LogRecord, ServerUnderTest } from './server-under-test.ts'

const failed = (record: LogRecord): boolean => record.msg === 'Request failed'

const KINDS = {
  '{ fetch }': 'export default { fetch: () => new Response("hello") }',
  '(request)': 'export default (request: Request) => new Response("hello")',
  '(req, res)': 'export default (req: unknown, res: { end(text: string): void }) => res.end("hello")',
} as const

describe('an app', () => {
  for (const [kind, text] of Object.entries(KINDS)) {
    it(`may be ${kind}`, async () => {
      await using server = await ServerUnderTest.start('plain-app', {
        files: { 'app.ts': text },
        args: ['-w', '1'],
      })
      const { status, text: body } = await server.request('/')
      assert.deepEqual([status, body], [200, 'hello'])
    })
  }

  it('may be CommonJS that requires @tsrv/server', async () => {
    const text = `const { server } = require('@tsrv/server')\nmodule.exports = (req, res) => res.end(String(server.task(1)))`
    await using server = await ServerUnderTest.start('tasks-app', {
      files: { 'app.cjs': text },
      args: ['-w', '1', '-t', '1', '-o', 'app=./app.cjs'],
    })
    assert.equal(typeof (await server.json('/')), 'number')
  })

  it('gets the server as part of the second argument of fetch', async () => {
    const text = 'export default { fetch: (_: Request, { server }: any) => Response.json(server.task({})) }'
    await using server = await ServerUnderTest.start('tasks-app', {
      files: { 'app.ts': text },
      args: ['-w', '1', '-t', '1'],
    })
    assert.equal(typeof (await server.json('/')), 'number')
  })

  it('that throws gives 500 and one record with the request id, and lives on', async () => {
    await using server = await ServerUnderTest.start('plain-app', { args: ['-w', '1'] })
    const pid = await server.json('/')
    const { status, headers, text } = await server.request('/throw')
    assert.deepEqual([status, text], [500, 'Internal Server Error\n'])
    const record = await server.log(failed, 'the record')
    assert.equal(record['requestId'], headers['x-request-id'])
    assert.equal((record['err'] as { message: string }).message, 'thrown by the app')
    assert.equal(await server.json('/'), pid)
    assert.equal(server.logs.filter(failed).length, 1)
  })

  it('that is (req, res) and rejects gives 500, too', async () => {
    const text = 'export default async (req: unknown, res: unknown) => { throw new Error("rejected") }'
    await using server = await ServerUnderTest.start('plain-app', {
      files: { 'app.ts': text },
      args: ['-w', '1'],
    })
    assert.equal((await server.request('/')).status, 500)
    await server.log(failed, 'the record')
  })

  it('that takes longer than http.handlerTimeout gives 503, and hears of it', async () => {
    const app = `import { once } from 'node:events'
import { server } from '@tsrv/server'
export default async (request: Request) => {
  await once(request.signal, 'abort')
  server.log.info({ event: 'aborted', code: request.signal.reason.code }, 'aborted')
  return new Response('too late')
}`
    const args = ['-o', 'http.handlerTimeout=200ms']
    await using server = await ServerUnderTest.start('plain-app', { files: { 'app.ts': app }, args })
    const { status, headers } = await server.request('/report')
    assert.deepEqual([status, headers.connection], [503, 'close'])
    const { code } = await server.log(({ event }) => event === 'aborted', 'the signal')
    assert.equal(code, 'TSRV_HANDLER_TIMEOUT')
    await server.log(({ event, url }) => event === 'handler-timeout' && url === '/report', 'the record')
  })

  it('can be answered for by a listener of RequestEvent', async () => {
    await using server = await ServerUnderTest.start('plain-app', {
      args: ['-w', '1'],
      files: {
        'tsrv.config.ts': `export default { listeners: { RequestEvent: './gate.ts' } }`,
        'gate.ts': `export default (event: any) => {
          if (new URL(event.request.url).pathname === '/closed') event.respond(new Response('closed', { status: 503 }))
        }`,
      },
    })
    assert.equal((await server.request('/closed')).status, 503)
    assert.equal((await server.request('/')).status, 200)
  })
})

describe('the log', () => {
  it('is NDJSON with one record per request when log.access is on', async () => {
    await using server = await ServerUnderTest.start('plain-app', {
      args: ['-w', '1', '-o', 'log.access=true'],
    })
    await server.request('/?q=%1b%0a')
    const record = await server.log((one) => one['event'] === 'request', 'the access record')
    assert.deepEqual([record['method'], record['url'], record['status']], ['GET', '/?q=%1b%0a', 200])
    assert.deepEqual(
      server.logs.filter((one) => one.level === 'text'),
      [],
    )
  })

  it('is complete when the server has stopped', async () => {
    await using server = await ServerUnderTest.start('plain-app', {
      args: ['-w', '1', '-o', 'log.access=true'],
    })
    for (let n = 0; n < 50; n++) await server.request(`/?n=${n}`)
    await server.stop()
    assert.equal(server.logs.filter((one) => one['event'] === 'request').length, 50)
  })

  it('holds an uncaught error with its request, and what becomes of its worker', async () => {
    await using server = await ServerUnderTest.start('plain-app', {
      args: ['-w', '1'],
      files: {
        'app.ts': `export default () => { setTimeout(() => { throw new Error('late') }, 1); return new Response() }`,
      },
    })
    await server.request('/answered')
    const record = await server.log((one) => one.msg.startsWith('Uncaught error'), 'the error')
    assert.deepEqual([(record['err'] as { message: string }).message, record['url']], ['late', '/answered'])
    await server.log((one) => one.msg.startsWith('A process failed'), 'the report of the supervisor')
  })

  it('is for people when log.pretty is on', async () => {
    await using server = ServerUnderTest.launch('plain-app', { args: ['-w', '1', '-o', 'log.pretty=true'] })
    await server.log((record) => /ready in \d+ ms/.test(record.msg), 'the banner')
    await server.stop()
    assert.ok(server.logs.every((record) => record.level === 'text'))
    assert.ok(
      server.logs.findIndex((record) => /ready in/.test(record.msg)) < 6,
      'a banner of at most 6 lines',
    )
  })
})
