/** What a reload means to connections that last: they are told, and have their time. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { until } from '../until.ts'
import { Chat, LongAnswer } from './long-connections.ts'
import { tsrv } from './project.ts'
import { type LogRecord, ServerUnderTest } from './server-under-test.ts'

const started = (...args: string[]): Promise<ServerUnderTest> =>
  ServerUnderTest.start('drain-app', { withPackages: true, args })

function create(server: ServerUnderTest, file: string): void {
  writeFileSync(path.join(server.dir, file), '')
}

async function reload(server: ServerUnderTest, file = 'app.mjs'): Promise<void> {
  const app = path.join(server.dir, file)
  writeFileSync(app, readFileSync(app, 'utf8').replace("'one'", "'two'"))
  const { code, stderr } = await tsrv(server.dir, ['reload'])
  assert.deepEqual([code, stderr], [0, ''])
  await until(async () => (await server.request('/')).text === 'two', 'an answer of the new code')
}

const cut = (record: LogRecord): boolean => record['event'] === 'cut'
const told = (record: LogRecord): boolean => record['event'] === 'drain'
const entered =
  (url: string) =>
  (record: LogRecord): boolean =>
    record['event'] === 'entered' && record['url'] === url

/** Only the workers of the latest code are left. */
async function drained(server: ServerUnderTest): Promise<void> {
  await until(async () => {
    const { workers, generation } = await server.status()
    return workers.every((worker) => worker.generation === generation)
  }, 'the end of the old worker')
}

const FETCH_APP = `import { setInterval } from 'node:timers/promises'
import { server } from '@tsrv/server'

const encoder = new TextEncoder()
async function* events(signal) {
  yield encoder.encode('data: hello\\n\\n')
  try {
    for await (const now of setInterval(5, 'now', { signal })) yield encoder.encode('data: ' + now + '\\n\\n')
  } catch (error) {
    if (!signal.aborted) throw error
    yield encoder.encode('event: bye\\ndata:\\n\\n')
  }
}

export default (request) => {
  if (!request.url.endsWith('/sse')) return new Response('one')
  const signal = AbortSignal.any([request.signal, server.drainSignal])
  return new Response(ReadableStream.from(events(signal)), { headers: { 'content-type': 'text/event-stream' } })
}
`

describe('a reload does not drop connections', () => {
  it('(server-sent events of a node handler): drainSignal ends them, whole', async () => {
    await using server = await started()
    const events = new LongAnswer(server, '/sse')
    await events.sees('data: now')
    await reload(server)
    assert.equal(await events.over(), 'end')
    assert.match(events.text, /event: bye\ndata:\n\n$/)
    await drained(server)
    assert.equal(server.logs.some(cut), false)
  })

  it('(server-sent events of a fetch handler): the same', async () => {
    const files = { 'app.js': FETCH_APP, 'tsrv.config.ts': 'export default { workers: 2 }' }
    await using server = await ServerUnderTest.start('plain-app', { files })
    const all = [1, 2, 3, 4].map(() => new LongAnswer(server, '/sse'))
    for (const events of all) await events.sees('data: now')
    await reload(server, 'app.js')
    for (const events of all) {
      assert.equal(await events.over(), 'end')
      assert.match(events.text, /event: bye\ndata:\n\n$/)
    }
    await drained(server)
    assert.equal(server.logs.some(cut), false)
    assert.equal((await server.stop()).code, 0)
  })

  it('(streaming): an answer that knows nothing of the drain is finished', async () => {
    await using server = await started()
    const stream = new LongAnswer(server, '/stream')
    await stream.sees('first')
    await reload(server)
    create(server, 'go')
    assert.equal(await stream.over(), 'end')
    assert.equal(stream.text, 'first last')
  })

  it('(WebSocket): it goes on with the old code, and is told by status 1001 when its time is up', async () => {
    await using server = await started('-o', 'processes.maxWaitTime=1s')
    const chat = await Chat.open(server)
    assert.equal(await chat.says('hi'), 'one hi')
    await reload(server)
    assert.equal(await chat.says('still there?'), 'one still there?')
    assert.equal((await chat.closed).code, 1001)
    const record = await server.log(cut, 'the record of what was cut')
    assert.deepEqual([record.level, record['webSockets'], record['requests']], ['info', 1, 0])
    assert.equal(record.msg, 'Still open after 1 s, and cut: 1 WebSocket')
    await drained(server)
  })

  it('(WebSocket): a listener of WorkerDrainEvent may take leave in its own words', async () => {
    await using server = await started()
    const chats = [await Chat.open(server), await Chat.open(server)]
    create(server, 'leave')
    await reload(server)
    for (const chat of chats) assert.deepEqual(await chat.closed, { code: 1012, reason: 'come back' })
    const record = await server.log(told, 'the listener')
    const { workerId, within, isStop, clients } = record
    assert.deepEqual([workerId, within, isStop, clients], [0, 30_000, false, 2])
    await drained(server)
    const again = await Chat.open(server)
    assert.equal(await again.says('hi'), 'two hi')
  })

  it('(slow): a request that takes longer than every timeout of HTTP is answered', async () => {
    const timeouts = ['keepAliveTimeout', 'headersTimeout', 'requestTimeout']
    const args = timeouts.flatMap((name) => ['-o', `http.${name}=200ms`])
    await using server = await started(...args)
    const slow = new LongAnswer(server, '/gated')
    await server.log(entered('/gated'), 'the request')
    await reload(server)
    const past = performance.now() + 2000
    await until(() => performance.now() > past, 'more than the timeouts, and than a look for them')
    assert.equal(slow.outcome, undefined)
    create(server, 'go')
    assert.equal(await slow.over(), 'end')
    assert.deepEqual([slow.text, slow.headers.connection], ['gated', 'close'])
  })
})

describe('what is still open when the time of a reload is up', () => {
  it('is told so, counted, and logged once', async () => {
    await using server = await started('-o', 'processes.maxWaitTime=300ms')
    const [slow, stream] = [new LongAnswer(server, '/gated'), new LongAnswer(server, '/stream')]
    const chat = await Chat.open(server)
    await stream.sees('first')
    await server.log(entered('/gated'), 'the request')
    const { pid } = (await server.status()).workers[0] ?? {}
    await reload(server)
    assert.deepEqual([await slow.over(), slow.status], ['end', 503])
    assert.notEqual(await stream.over(), 'end')
    assert.equal((await chat.closed).code, 1001)
    await drained(server)
    const records = server.logs.filter(cut)
    assert.equal(records.length, 1)
    const [{ requests, streams, webSockets, upgrades, examples, level, msg, ...record }] = records as [
      LogRecord,
    ]
    assert.deepEqual([requests, streams, webSockets, upgrades, level], [1, 1, 1, 0, 'warn'])
    assert.deepEqual(new Set(examples as string[]), new Set(['GET /gated', 'GET /stream', 'GET /']))
    assert.equal(msg, 'Still open after 0.3 s, and cut: 1 request, 1 stream, 1 WebSocket')
    assert.equal(record['pid'], pid)
  })

  it('is in the status until then', async () => {
    await using server = await started()
    const slow = new LongAnswer(server, '/gated')
    await server.log(entered('/gated'), 'the request')
    await reload(server)
    const open = { requests: 1, streams: 0, webSockets: 0, upgrades: 0, tasks: 0 }
    await until(async () => {
      const { workers } = await server.status()
      const draining = workers.find(({ state }) => state === 'draining')
      return JSON.stringify(draining?.open) === JSON.stringify(open)
    }, 'the open request in the status')
    create(server, 'go')
    await slow.over()
  })
})
