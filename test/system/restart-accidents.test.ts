/** What comes in between a `tsrv restart`. */
import assert from 'node:assert/strict'
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { until } from '../until.ts'
import { sendSignal } from './alive.ts'
import { project, tsrv } from './project.ts'
import { type LogRecord, ServerUnderTest } from './server-under-test.ts'

const versioned = (version: string): string =>
  `export default async (request) => {
  const ms = new URL(request.url).searchParams.get('ms')
  if (ms !== null) await new Promise((resolve) => setTimeout(resolve, Number(ms)))
  return new Response('${version}')
}`

/** Answers after `ms`, or when a file is there. */
const gated = `import { existsSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
export default async (request) => {
  const { searchParams } = new URL(request.url)
  await pause(Number(searchParams.get('ms')))
  while (searchParams.has('gate') && !existsSync(searchParams.get('gate') ?? '')) await pause(10)
  return new Response('one')
}`

const event = (name: string) => (record: LogRecord) => record['event'] === name
const count = (server: ServerUnderTest, name: string): number => server.logs.filter(event(name)).length

describe('a restart', () => {
  it('becomes a stop when the server is stopped meanwhile, and drops no request', async () => {
    await using server = await ServerUnderTest.start('plain-app', { files: { 'app.js': gated } })
    // An old worker has this one open: the supervisor cannot leave before it is answered.
    const old = server.request('/?gate=open')
    await until(async () => (await server.request('/')).status === 200, 'an answer')
    const restarting = tsrv(server.dir, ['restart'])
    await until(async () => (await server.status()).state === 'restarting', 'the stop of the old processes')
    const onStandIn = Array.from({ length: 4 }, () => server.request('/?ms=500'))
    // They are with the stand-in now, and its workers have to finish them.
    await Promise.all([...onStandIn, server.request('/')])
    const late = server.request('/?ms=1000')
    await server.request('/')
    const ended = server.stop()
    await server.log(event('stopping'), 'the stop')
    writeFileSync(path.join(server.dir, 'open'), '')
    assert.deepEqual([(await old).text, (await late).text], ['one', 'one'])
    assert.equal((await ended).code, 0)
    assert.equal(count(server, 'ready'), 1)
    assert.equal((await restarting).code, 1)
  })

  it('does not take place when the server is stopped before the new code serves', async () => {
    const slowly = `await new Promise((resolve) => setTimeout(resolve, 20_000))\n${versioned('two')}`
    await using server = await ServerUnderTest.start('plain-app', { files: { 'app.js': versioned('one') } })
    writeFileSync(path.join(server.dir, 'app.js'), slowly)
    const restarting = tsrv(server.dir, ['restart'])
    await server.log(event('restarting'), 'the begin of the restart')
    const slow = server.request('/?ms=500')
    await server.request('/')
    assert.equal((await server.stop()).code, 0)
    assert.equal((await slow).text, 'one')
    assert.equal((await restarting).code, 1)
  })

  it('brings the server back even when the stand-in dies at the worst moment', async () => {
    const files = { 'app.js': versioned('one') }
    await using server = await ServerUnderTest.start('plain-app', { files })
    const slow = server.request('/?ms=1500')
    await server.request('/')
    const restarting = tsrv(server.dir, ['restart'])
    await until(async () => (await server.status()).state === 'restarting', 'the stop of the old processes')
    const { children } = JSON.parse(readFileSync(server.runFile('server.json'), 'utf8')) as {
      children: { role: string; pid: number }[]
    }
    sendSignal(children.find(({ role }) => role === 'stand-in')?.pid, 'SIGKILL')
    assert.equal((await slow).text, 'one')
    const { code, stderr } = await restarting
    assert.deepEqual([code, stderr], [0, ''])
    const status = await server.status()
    assert.deepEqual([status.pid, status.state], [server.pid, 'ready'])
    assert.equal(count(server, 'ready'), 2)
  })

  it('ends the server when task workers of the new code do not start, and keeps what it was given', async () => {
    const dir = project('tasks-app')
    const runs = ({ logs }: ServerUnderTest): unknown[] =>
      logs.filter(event('run')).map((one) => one['taskId'])
    let ids: number[] = []
    let before: unknown[] = []
    {
      await using server = await ServerUnderTest.start('', { dir, args: ['-t', '1'] })
      writeFileSync(path.join(dir, 'run.js'), 'export default {{{')
      // The old worker, and with it the old supervisor, stays until this one is answered.
      const held = server.json('/wait?sleep=2000')
      await server.log(event('run'), 'the request')
      const restarting = tsrv(dir, ['restart'])
      await until(async () => (await server.status()).state === 'restarting', 'the stop of the old processes')
      // Taken by the stand-in, for the last moments of the old task server or for one that will not come.
      ids = (await server.json('/tasks?count=5')) as number[]
      await held
      const { code, stderr } = await restarting
      assert.equal(code, 1)
      assert.match(stderr, new RegExp(`^✖ The server \\(pid ${server.pid}\\) ended while it was restarted`))
      const ended = await server.ended
      assert.equal(ended.code, 1)
      before = runs(server)
      assert.match(ended.stderr, /The task server could not start: .*run\.js/)
    }
    copyFileSync(path.resolve(import.meta.dirname, '../fixtures/tasks-app/run.js'), path.join(dir, 'run.js'))
    await using server = await ServerUnderTest.start('', { dir, args: ['-t', '1'] })
    await until(
      () => ids.every((id) => before.includes(id) || runs(server).includes(id)),
      'the tasks of before',
    )
    await server[Symbol.asyncDispose]()
    rmSync(dir, { recursive: true })
  })
})
