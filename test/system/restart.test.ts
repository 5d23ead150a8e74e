/** `tsrv restart`: the supervisor becomes a new one, and nobody who asks or has asked for something notices. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { until } from '../until.ts'
import { DetachedProject } from './detached-server.ts'
import { Load, type LoadOptions } from './load.ts'
import { isAlive } from './alive.ts'
import { project, tsrv } from './project.ts'
import { type LogRecord, ServerUnderTest } from './server-under-test.ts'

const LINUX_ONLY = { skip: process.platform !== 'linux' }

const versioned = (version: string): string =>
  `export default async (request) => {
  const ms = new URL(request.url).searchParams.get('ms')
  if (ms !== null) await new Promise((resolve) => setTimeout(resolve, Number(ms)))
  return new Response('${version}')
}`

function rewrite({ dir }: { readonly dir: string }, file: string, text: string): void {
  writeFileSync(path.join(dir, file), text)
}

const event = (name: string) => (record: LogRecord) => record['event'] === name

async function restart({ dir }: { readonly dir: string }): Promise<void> {
  const { code, stdout, stderr } = await tsrv(dir, ['restart'])
  assert.deepEqual([code, stderr], [0, ''])
  assert.match(stdout, /^Restarting server \.\.\.\n.*✓ tsrv .*\nServer restarted\n$/)
}

/** Connections that a server has not closed yet. */
function connectionsAt(socket: string): readonly string[] {
  const lines = readFileSync('/proc/net/unix', 'utf8').split('\n')
  const listens = (line: string): boolean => line.split(' ')[3] === '00010000'
  return lines.filter((line) => line.endsWith(` ${socket}`) && !listens(line))
}

/** Processes whose parent that is, also those that have ended and wait for it. */
function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const [, ppid] = /\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? []
        return Number(ppid) === parent ? [Number(pid)] : []
      } catch {
        return []
      }
    })
}

function descriptorsOf(pid: number): string[] {
  const links = readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`)
    } catch {
      // Closed since it was listed.
      return []
    }
  })
  // A file that is just being written is gone at the next look.
  const lasting = links.filter((link) => !link.includes('server.json'))
  return lasting.map((link) => link.replace(/:.*|-[0-9a-f]{16}.*/, '')).toSorted()
}

describe('tsrv restart', () => {
  const loads: readonly (readonly [string, LoadOptions, readonly string[]])[] = [
    ['keep-alive', { kept: 8, fresh: 0 }, []],
    ['connection per request', { kept: 0, fresh: 8, rest: 2 }, []],
    ['clients that think', { kept: 8, fresh: 2, rest: 800 }, []],
    ['unix socket', { kept: 4, fresh: 4 }, ['-o', 'socket=./app.sock']],
  ]
  for (const [name, clients, args] of loads) {
    it(`does not drop a request (${name})`, async () => {
      const files = { 'app.js': versioned('one') }
      await using server = await ServerUnderTest.start('plain-app', { files, args })
      const { startedAt } = await server.status()
      await using load = new Load(server, clients)
      await load.goesOn(20)
      const slow = server.request('/?ms=2500')
      for (const version of ['two', 'three']) {
        rewrite(server, 'app.js', versioned(version))
        await restart(server)
        await load.goesOn(20)
        assert.equal((await server.request('/')).text, version)
      }
      await load.end()
      assert.deepEqual(load.failures, [])
      assert.equal((await slow).text, 'one')
      const status = await server.status()
      assert.equal(status.pid, server.pid, 'the process stays')
      assert.ok(Date.parse(status.startedAt) > Date.parse(startedAt), 'the supervisor is another one')
      assert.equal(status.generation, 3)
      assert.deepEqual(status.urls, [server.url])
      assert.equal((await server.stop()).code, 0)
    })
  }

  for (const [broker, options] of [
    ['sqlite', []],
    ['memory', ['-o', 'tasks.broker=memory']],
  ] as const) {
    it(`loses no task, and runs none twice (${broker})`, async () => {
      await using server = await ServerUnderTest.start('tasks-app', { args: ['-w', '1', ...options] })
      const ids: number[] = []
      const sending = { isOver: false }
      const send = async (): Promise<void> => {
        while (!sending.isOver) {
          ids.push(...((await server.json('/tasks?count=5&sleep=5')) as number[]))
          await pause(50)
        }
      }
      const senders = [send(), send()]
      await until(() => ids.length > 50, 'some tasks')
      await restart(server)
      const enough = ids.length + 50
      await until(() => ids.length > enough, 'tasks after the restart')
      sending.isOver = true
      await Promise.all(senders)
      const finished = (): unknown[] => server.logs.filter(event('finish')).map((one) => one['taskId'])
      await until(
        () => new Set(finished()).size >= ids.length,
        'the end of all tasks',
        () => `${new Set(finished()).size} of ${ids.length}`,
      )
      assert.equal(new Set(ids).size, ids.length, 'no id is given out twice')
      const runs = server.logs.filter(event('run')).map((one) => one['taskId'])
      assert.equal(runs.length, ids.length)
      assert.equal((await server.stop()).code, 0)
    })
  }

  it('leaves nothing behind, however often', LINUX_ONLY, async () => {
    await using server = await ServerUnderTest.start('plain-app', { args: ['-w', '1'] })
    const settled = async (): Promise<void> => {
      await until(async () => (await server.status()).workers.length === 1, 'the old worker to leave')
      await until(() => readlinkSync(`/proc/${server.pid}/fd/0`) === '/dev/null', 'the channel to close')
      await until(
        () => connectionsAt(server.runFile('control.sock')).length === 0,
        'the end of the questions',
      )
    }
    await restart(server)
    await settled()
    const before = descriptorsOf(server.pid)
    await restart(server)
    await settled()
    await until(
      () => descriptorsOf(server.pid).join() === before.join(),
      'the same descriptors',
      () => `${descriptorsOf(server.pid).join()} instead of ${before.join()}`,
    )
    const { workers } = await server.status()
    const known = new Set(workers.map(({ pid }) => pid))
    const strangers = (): readonly number[] => childrenOf(server.pid).filter((pid) => !known.has(pid))
    // One that has ended and that nobody waits for would stay for ever.
    await until(
      () => strangers().length === 0,
      'no child but the workers',
      () => strangers().join(),
    )
  })

  it('changes nothing when the new code does not boot, and says why', async () => {
    await using server = await ServerUnderTest.start('plain-app', { files: { 'app.ts': versioned('one') } })
    const before = await server.status()
    rewrite(server, 'app.ts', 'export default {{{')
    const { code, stderr } = await tsrv(server.dir, ['restart'])
    assert.equal(code, 1)
    assert.match(
      stderr,
      /^✖ Restart failed, the old code keeps running: HTTP worker \d could not start: Cannot load app\.ts.*app\.ts:1/,
    )
    const after = await server.status()
    assert.deepEqual([after.startedAt, after.state], [before.startedAt, 'ready'])
    assert.deepEqual(
      after.workers.map(({ pid }) => pid),
      before.workers.map(({ pid }) => pid),
    )
    rewrite(server, 'app.ts', versioned('two'))
    await restart(server)
    assert.equal((await server.request('/')).text, 'two')
  })

  it('changes nothing when the configuration is wrong', async () => {
    await using server = await ServerUnderTest.start('plain-app', { args: ['-w', '1'] })
    const before = await server.pidOf('http')
    rewrite(server, 'tsrv.config.json', '{ "wokers": 2 }')
    const { code, stderr } = await tsrv(server.dir, ['restart'])
    assert.equal(code, 1)
    assert.match(stderr, /^✖ Restart failed.*: ✖ tsrv\.config\.json:1 +wokers.*did you mean "workers"/)
    assert.equal(await server.pidOf('http'), before)
  })

  it('ends with status 1 where no server runs', async () => {
    const { code, stderr } = await tsrv(project('plain-app'), ['restart'])
    assert.equal(code, 1)
    assert.match(stderr, /Server is not running/)
  })

  it('keeps the counts that a reload has set, and the lock', async () => {
    await using server = await ServerUnderTest.start('plain-app', { args: ['-w', '1'] })
    assert.equal((await tsrv(server.dir, ['reload', '-w', '3'])).code, 0)
    await restart(server)
    const { workers } = await server.status()
    assert.equal(workers.filter(({ state }) => state === 'ready').length, 3)
    const second = await tsrv(server.dir, ['start', '-o', 'port=0'])
    assert.equal(second.code, 1)
    assert.match(second.stderr, new RegExp(`already running! \\(pid ${server.pid},`))
  })

  it('takes a number of workers from the configuration that is larger or smaller than before', async () => {
    const config = (workers: number): string => `export default { workers: ${workers} }`
    const files = { 'tsrv.config.ts': config(2) }
    await using server = await ServerUnderTest.start('plain-app', { files })
    await using load = new Load(server, { kept: 2, fresh: 6 })
    for (const workers of [3, 1]) {
      rewrite(server, 'tsrv.config.ts', config(workers))
      await restart(server)
      await until(async () => (await server.status()).workers.length === workers, `${workers} workers`)
      await load.goesOn(50)
    }
    await load.end()
    assert.deepEqual(load.failures, [])
  })

  it('is the end of one server life and the begin of another one, for the listeners', async () => {
    const note = `export default (event) => event.server.log.info({ event: 'seen', generation: event.server.generation }, event.constructor.name)`
    const names = ['ServerStart', 'LeaderStart', 'LeaderStop', 'ServerShutdown', 'BeforeReload']
    const listeners = Object.fromEntries(names.map((name) => [`${name}Event`, './note.js']))
    await using server = await ServerUnderTest.start('plain-app', {
      files: {
        'note.js': note,
        'tsrv.config.json': JSON.stringify({ workers: 1, listeners }),
      },
    })
    await restart(server)
    await server.stop()
    const seen = server.logs
      .filter(event('seen'))
      .map(({ msg, generation }) => `${msg} ${String(generation)}`)
    const life = (generation: number): string[] =>
      ['ServerStart', 'LeaderStart', 'LeaderStop', 'ServerShutdown'].map(
        (name) => `${name}Event ${generation}`,
      )
    assert.deepEqual(seen, [...life(1), ...life(2)])
  })

  it('starts services anew', async () => {
    await using server = await ServerUnderTest.start('services-app')
    const ticker = async (): Promise<number | undefined> =>
      (await server.status()).workers.find(({ name, state }) => name === 'ticker' && state === 'ready')?.pid
    await until(async () => (await ticker()) !== undefined, 'the service')
    const before = await ticker()
    await restart(server)
    await until(async () => (await ticker()) !== undefined, 'the service')
    assert.notEqual(await ticker(), before)
    assert.equal(isAlive(before ?? 0), false)
  })

  it('works in the background, where the log goes on', async () => {
    await using server = new DetachedProject('plain-app')
    const { pid } = await server.ready(['-w', '1'])
    await restart(server)
    const status = await server.status()
    assert.equal(status?.pid, pid)
    assert.equal(status?.logFile, path.join(server.dir, '.tsrv/server.log'))
    assert.equal(server.log.match(/"event":"ready"/g)?.length, 2)
    assert.equal((await tsrv(server.dir, ['stop'])).code, 0)
    await server.gone()
  })
})
