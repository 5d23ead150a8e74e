import assert from 'node:assert/strict'
import { rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { requestReload } from '../../src/control/client.ts'
import { until } from '../until.ts'
import { Load } from './load.ts'
import { project, tsrv } from './project.ts'
import { type LogRecord, ServerUnderTest } from './server-under-test.ts'

const versioned = (version: string): string =>
  `export default async (request) => {
  const ms = new URL(request.url).searchParams.get('ms')
  if (ms !== null) await new Promise((resolve) => setTimeout(resolve, Number(ms)))
  return new Response('${version}')
}`

function rewrite(server: ServerUnderTest, file: string, text: string): void {
  writeFileSync(path.join(server.dir, file), text)
}

const finished = (record: LogRecord): boolean => record['event'] === 'finish'

describe('a reload does not drop connections', () => {
  for (const [name, clients, args] of [
    ['keep-alive', { kept: 8, fresh: 0 }, []],
    ['close', { kept: 0, fresh: 8, rest: 0 }, []],
    ['unix socket', { kept: 4, fresh: 4 }, ['-o', 'socket=./app.sock']],
    ['keep-alive with pauses', { kept: 30, fresh: 0, rest: () => Math.random() * 1000 }, []],
  ] as const) {
    it(`(${name})`, async () => {
      const files = { 'app.js': versioned('one') }
      await using server = await ServerUnderTest.start('plain-app', { files, args })
      await using load = new Load(server, clients)
      const slow = server.request('/?ms=1500')
      await load.goesOn(50)
      for (const version of ['two', 'three', 'four']) {
        rewrite(server, 'app.js', versioned(version))
        const { code, stdout, stderr } = await tsrv(server.dir, ['reload'])
        assert.deepEqual([code, stderr], [0, ''])
        assert.match(stdout, /✓ http 0\n.*✓ http 1\n/)
      }
      assert.equal((await server.request('/')).text, 'four')
      await load.goesOn(50)
      await load.end()
      assert.deepEqual(load.failures, [])
      assert.equal((await slow).text, 'one')
    })
  }
})

describe('tsrv reload', () => {
  it('keeps the old code and says why when the new code does not boot', async () => {
    await using server = await ServerUnderTest.start('plain-app', {
      files: { 'app.ts': versioned('one') },
      args: ['-w', '1'],
    })
    rewrite(server, 'app.ts', 'export default {{{')
    const { code, stderr } = await tsrv(server.dir, ['reload'])
    assert.equal(code, 1)
    assert.match(
      stderr,
      /^✖ Reload failed, the old code keeps running: HTTP worker \d: Cannot load app\.ts.*app\.ts:1/,
    )
    assert.equal((await server.request('/')).text, 'one')
    rewrite(server, 'app.ts', versioned('two'))
    assert.equal((await tsrv(server.dir, ['reload'])).code, 0)
    assert.equal((await server.request('/')).text, 'two')
    assert.equal((await server.status()).state, 'ready')
  })

  it('says that task workers run new code already when only the HTTP part fails', async () => {
    await using server = await ServerUnderTest.start('tasks-app', { args: ['-w', '1', '-t', '1'] })
    rewrite(server, 'app.js', `throw new Error('half a deployment')`)
    const { code, stderr } = await tsrv(server.dir, ['reload'])
    assert.equal(code, 1)
    assert.match(stderr, /app\.js:1.*; the task workers run the new code already/)
    assert.equal((await server.request('/')).status, 200)
  })

  it('keeps everything as it is when the configuration is wrong', async () => {
    const files = { 'tsrv.config.ts': 'export default { workers: 1 }' }
    await using server = await ServerUnderTest.start('plain-app', { files })
    const before = await server.pidOf('http')
    rewrite(server, 'tsrv.config.ts', 'export default { wokers: 2 }')
    const { code, stderr } = await tsrv(server.dir, ['reload'])
    assert.equal(code, 1)
    assert.match(
      stderr,
      /^✖ Reload failed, the old code keeps running: ✖ tsrv\.config\.ts:1 +wokers.*did you mean "workers"/,
    )
    assert.doesNotMatch(stderr, /nothing was started/)
    assert.equal(await server.pidOf('http'), before)
  })

  it('changes the counts with -w and -t, and keeps them without', async () => {
    await using server = await ServerUnderTest.start('tasks-app')
    const counts = async (): Promise<number[]> => {
      const { workers, tasks } = await server.status()
      const ready = workers.filter((worker) => worker.role === 'http' && worker.state === 'ready')
      return [ready.length, tasks?.lanes.length ?? 0]
    }
    assert.equal((await tsrv(server.dir, ['reload', '-w', '3', '-t', '4'])).code, 0)
    assert.deepEqual(await counts(), [3, 4])
    assert.equal((await tsrv(server.dir, ['reload', '-w', '1'])).code, 0)
    assert.deepEqual(await counts(), [1, 4])
    assert.equal((await tsrv(server.dir, ['reload'])).code, 0)
    assert.deepEqual(await counts(), [1, 4])
    assert.equal((await server.request('/')).status, 200)
  })

  it('swoole-src #425, #6034: gives task workers new code while tasks run, and loses none', async () => {
    await using server = await ServerUnderTest.start('tasks-app', { args: ['-t', '2'] })
    const ids: number[] = []
    const send = async (): Promise<void> => {
      ids.push(...((await server.json('/tasks?count=20&sleep=20')) as number[]))
    }
    await send()
    const pid = await server.pidOf('tasks')
    const http = await server.pidOf('http')
    rewrite(
      server,
      'run.js',
      `export default async () => { await new Promise((r) => setTimeout(r, 10)); return 'new code' }`,
    )
    let code: number | null | undefined
    void tsrv(server.dir, ['reload', '--tasks']).then((ended) => (code = ended.code))
    await until(async () => {
      if (server.logs.filter(finished).length > ids.length - 20) await send()
      return code !== undefined
    }, 'the reload, while tasks run')
    assert.equal(code, 0)
    await send()
    await until(() => server.logs.filter(finished).length === ids.length, 'all tasks')
    const newest = server.logs.filter(finished).filter((record) => record['data'] === 'new code')
    assert.ok(
      newest.length > 0 && newest.length < ids.length,
      `${newest.length} of ${ids.length} ran new code`,
    )
    assert.equal((await server.status()).tasks?.lanes.filter(({ state }) => state !== 'dead').length, 2)
    assert.equal(await server.pidOf('tasks'), pid, 'the task server lives on')
    assert.equal(await server.pidOf('http'), http, 'HTTP workers are left alone')
  })

  it('hands leadership over and tells the listeners of before and after', async () => {
    const note = `export default (event) => event.server.log.info({ event: 'seen', generation: event.server.generation, isLeader: event.server.isLeader }, event.constructor.name)`
    const names = [
      'ServerStart',
      'LeaderStart',
      'LeaderStop',
      'BeforeReload',
      'AfterReload',
      'ServerShutdown',
    ]
    const listeners = Object.fromEntries(names.map((name) => [`${name}Event`, './note.ts']))
    await using server = await ServerUnderTest.start('plain-app', {
      files: {
        'note.ts': note,
        'tsrv.config.ts': `export default ${JSON.stringify({ workers: 2, listeners })}`,
      },
    })
    assert.equal((await tsrv(server.dir, ['reload'])).code, 0)
    await server.log((record) => record.msg === 'AfterReloadEvent', 'the event after the reload')
    await server.stop()
    const seen = server.logs.filter((record) => record['event'] === 'seen')
    const order = (name: string): unknown[] =>
      seen.filter((record) => record.msg === `${name}Event`).map((record) => record['generation'])
    assert.deepEqual(order('ServerStart'), [1])
    assert.deepEqual(order('BeforeReload'), [1])
    assert.deepEqual(order('LeaderStart'), [1, 2])
    assert.deepEqual(order('LeaderStop'), [1, 2])
    assert.deepEqual(order('AfterReload'), [2])
    assert.deepEqual(order('ServerShutdown'), [2])
  })

  it('is queued once while another one runs: all who ask meanwhile share the next', async () => {
    const gated = `import { existsSync } from 'node:fs'
while (existsSync('wait')) await new Promise((resolve) => setTimeout(resolve, 10))
export default () => new Response('')`
    await using server = await ServerUnderTest.start('plain-app', { files: { 'app.js': gated } })
    rewrite(server, 'wait', '')
    const first = tsrv(server.dir, ['reload'])
    await until(async () => (await server.status()).lastReload?.result === 'running', 'the first reload')
    const more = [1, 2, 3].map(() => requestReload(server.runFile('control.sock'), {}, {}))
    // What was sent before the first of these has been heard when the second is answered.
    await server.status()
    await server.status()
    rmSync(path.join(server.dir, 'wait'))
    assert.equal((await first).code, 0)
    for (const report of await Promise.all(more)) assert.equal(report?.generation, 3)
    assert.equal((await server.status()).generation, 3)
  })

  it('is also what SIGHUP and SIGUSR1 ask for', async () => {
    await using server = await ServerUnderTest.start('plain-app', {
      files: { 'app.js': versioned('one') },
      args: ['-w', '1'],
    })
    const reloads = (): number => server.logs.filter((record) => record['event'] === 'reloaded').length
    for (const [signal, version, count] of [
      ['SIGHUP', 'two', 1],
      ['SIGUSR1', 'three', 2],
    ] as const) {
      rewrite(server, 'app.js', versioned(version))
      server.kill(signal)
      await until(() => reloads() === count, `the end of the reload by ${signal}`)
      assert.equal((await server.request('/')).text, version)
    }
  })

  it('re-reads .env', async () => {
    await using server = await ServerUnderTest.start('plain-app', {
      args: ['-w', '1'],
      files: {
        'app.js': 'export default () => new Response(process.env.GREETING)',
        '.env': 'GREETING=hello',
      },
    })
    assert.equal((await server.request('/')).text, 'hello')
    rewrite(server, '.env', 'GREETING=goodbye')
    assert.equal((await tsrv(server.dir, ['reload'])).code, 0)
    assert.equal((await server.request('/')).text, 'goodbye')
  })

  it('ends with status 1 where no server runs', async () => {
    const { code, stderr } = await tsrv(project('plain-app'), ['reload'])
    assert.equal(code, 1)
    assert.match(stderr, /Server is not running/)
  })
})
