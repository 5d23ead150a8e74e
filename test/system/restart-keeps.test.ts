/** What a restart hands on: flags and environment, connections that last, and whoever asks for another change meanwhile. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { until } from '../until.ts'
import { Chat, LongAnswer } from './long-connections.ts'
import { tsrv } from './project.ts'
import { type LogRecord, ServerUnderTest } from './server-under-test.ts'

const event = (name: string) => (record: LogRecord) => record['event'] === name

describe('tsrv restart', () => {
  it('keeps flags and environment, to which it adds nothing', async () => {
    const app = `export default async (request) => {
  if (request.url.endsWith('/hang')) await new Promise(() => {})
  return Response.json({ ...process.env, argv: process.execArgv })
}`
    const args = ['-w', '3', '-o', 'processes.execArgv=--no-warnings', '-o', 'log.level=debug']
    const env = { FOO: 'of the first start', TSRV_HTTP__HANDLER_TIMEOUT: '500ms' }
    await using server = await ServerUnderTest.start('plain-app', { files: { 'app.js': app }, args, env })
    const before = (await server.json('/')) as Record<string, unknown>
    assert.equal(before['FOO'], env.FOO)
    assert.ok((before['argv'] as string[]).includes('--no-warnings'))
    assert.equal((await tsrv(server.dir, ['restart'])).code, 0)
    assert.deepEqual(await server.json('/'), before)
    const { workers } = await server.status()
    assert.equal(workers.filter(({ state }) => state === 'ready').length, 3)
    assert.equal((await server.request('/hang')).status, 503, 'the time limit of the environment')
    assert.ok(server.logs.some(({ level }) => level === 'debug'))
  })

  it('gives connections that last their time: events end whole, a WebSocket goes on until it is told', async () => {
    const args = ['-w', '1', '-o', 'processes.maxWaitTime=4s']
    await using server = await ServerUnderTest.start('drain-app', { withPackages: true, args })
    const [events, stream] = [new LongAnswer(server, '/sse'), new LongAnswer(server, '/stream')]
    await events.sees('data: now')
    await stream.sees('first')
    const chat = await Chat.open(server)
    const restarting = tsrv(server.dir, ['restart'])
    assert.equal(await events.over(), 'end')
    assert.match(events.text, /event: bye\ndata:\n\n$/)
    assert.equal(await chat.says('still there?'), 'one still there?')
    writeFileSync(path.join(server.dir, 'go'), '')
    assert.deepEqual([await stream.over(), stream.text], ['end', 'first last'])
    assert.equal((await chat.closed).code, 1001)
    const { code, stderr } = await restarting
    assert.deepEqual([code, stderr], [0, ''])
    const again = await Chat.open(server)
    assert.equal(await again.says('hi'), 'one hi')
  })

  it('is one restart for all who ask while it is prepared, and a reload waits or is refused', async () => {
    await using server = await ServerUnderTest.start('plain-app')
    const asked = [tsrv(server.dir, ['restart']), tsrv(server.dir, ['restart'])]
    await server.log(event('restarting'), 'the restart')
    const reload = await tsrv(server.dir, ['reload'])
    for (const { code, stderr } of await Promise.all(asked)) assert.deepEqual([code, stderr], [0, ''])
    if (reload.code !== 0) assert.match(reload.stderr, /^✖ Reload failed, the old code keeps running: /)
    await until(async () => (await server.status()).state === 'ready', 'the new server')
    assert.equal(server.logs.filter(event('restarting')).length, 1)
    assert.equal((await server.request('/')).status, 200)
  })
})
