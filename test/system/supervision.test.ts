/** What the supervisor does about signals, deaths and leftovers, with real processes. */
import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { until } from '../until.ts'
import { isAlive, sendSignal } from './alive.ts'
import { project, tsrv } from './project.ts'
import { ServerUnderTest } from './server-under-test.ts'

/** Says when a request has come in, and answers it after ?ms=. */
const SLOW_APP = {
  'app.js': `import { server } from '@tsrv/server'
export default async (request) => {
  const ms = new URL(request.url).searchParams.get('ms')
  if (ms === null) return Response.json(process.pid)
  server.log.info('entered')
  await new Promise((resolve) => setTimeout(resolve, Number(ms)))
  return Response.json(process.pid)
}`,
}

async function entered(server: ServerUnderTest, count: number): Promise<void> {
  const seen = (): number => server.logs.filter(({ msg }) => msg === 'entered').length
  await until(() => seen() === count, `${count} requests to come in`)
}

describe('signals to the children', () => {
  it('change nothing', async () => {
    await using server = await ServerUnderTest.start('tasks-app')
    const before = (await server.status()).workers.map(({ pid = 0 }) => pid)
    for (const signal of ['SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const) {
      for (const pid of before) sendSignal(pid, signal)
      for (let round = 0; round < 10; round += 1) await server.json('/wait?n=1')
      const { workers, state } = await server.status()
      const pids = workers.map(({ pid }) => pid)
      assert.deepEqual([state, pids], ['ready', before], signal)
    }
    assert.equal((await server.stop()).code, 0)
  })

  it('and to the supervisor never open an inspector', async () => {
    await using server = await ServerUnderTest.start('tasks-app', { args: ['-w', '1', '-t', '1'] })
    const pids = (await server.status()).workers.map(({ pid = 0 }) => pid)
    for (let round = 0; round < 3; round += 1) {
      for (const pid of [server.pid, ...pids]) sendSignal(pid, 'SIGUSR1')
      await server.json('/wait?n=1')
      await server.status()
    }
    assert.doesNotMatch((await server.stop()).stderr, /Debugger/)
  })
})

describe('a signal to the whole group, as a terminal sends it,', () => {
  for (const signal of ['SIGINT', 'SIGQUIT'] as const) {
    it(`is one clean stop that answers the open requests: ${signal}`, async () => {
      await using server = await ServerUnderTest.start('plain-app', {
        detached: true,
        files: SLOW_APP,
      })
      const answers = [1, 2, 3, 4].map(() => server.request('/?ms=500'))
      await entered(server, 4)
      process.kill(-server.pid, signal)
      assert.deepEqual(
        (await Promise.all(answers)).map(({ status }) => status),
        [200, 200, 200, 200],
      )
      const { code, stderr } = await server.ended
      assert.deepEqual([code, stderr], [0, ''])
      assert.equal(server.logs.filter((record) => record['event'] === 'stopping').length, 1)
    })
  }

  it('is one stop also when a wrapper passes it on once more', async () => {
    await using server = await ServerUnderTest.start('plain-app', {
      detached: true,
      files: SLOW_APP,
    })
    const answer = server.request('/?ms=400')
    await entered(server, 1)
    process.kill(-server.pid, 'SIGINT')
    process.kill(server.pid, 'SIGINT')
    assert.equal((await answer).status, 200)
    assert.equal((await server.ended).code, 0)
  })
})

describe('an output that nobody reads any more', () => {
  it('does not take the server down, and it stops cleanly', async () => {
    await using server = ServerUnderTest.launch('plain-app', {
      files: SLOW_APP,
      args: ['-w', '1', '-o', 'log.pretty=true'],
    })
    await until(() => server.logs.length > 0, 'the first line')
    server.stopReading()
    const { urls, workers } = await server.status()
    server.url = urls[0] ?? ''
    for (let round = 0; round < 5; round += 1) {
      assert.equal((await server.request('/?ms=0')).status, 200)
    }
    assert.deepEqual(
      (await server.status()).workers.map(({ pid }) => pid),
      workers.map(({ pid }) => pid),
    )
    server.kill('SIGTERM')
    assert.equal((await server.ended).code, 0)
  })
})

describe('a second tsrv stop', () => {
  it('waits like the first one, and cuts nothing', async () => {
    await using server = await ServerUnderTest.start('plain-app', { files: SLOW_APP, args: ['-w', '1'] })
    const answer = server.request('/?ms=800')
    await entered(server, 1)
    const first = tsrv(server.dir, ['stop'])
    await server.log((record) => record['event'] === 'stopping', 'the begin of the stop')
    const second = tsrv(server.dir, ['stop'])
    assert.deepEqual([(await first).code, (await second).code, (await server.ended).code], [0, 0, 0])
    assert.equal((await answer).status, 200)
  })
})

describe('children of a supervisor that was killed', () => {
  it('are removed by the next start when a blocked event loop kept them, and it gets their port', async () => {
    const dir = project('plain-app', {
      'app.js': `import { writeFileSync } from 'node:fs'
export default (request) => {
  if (!request.url.endsWith('/block')) return Response.json(process.pid)
  writeFileSync('blocked', String(process.pid))
  for (;;);
}`,
    })
    try {
      await using killed = await ServerUnderTest.start('', { dir })
      killed.request('/block').catch(() => {})
      const file = path.join(dir, 'blocked')
      await until(() => existsSync(file) && readFileSync(file, 'utf8') !== '', 'the loop')
      const blocked = Number(readFileSync(file, 'utf8'))
      const others = (await killed.status()).workers
        .map(({ pid = 0 }) => pid)
        .filter((pid) => pid !== blocked)
      killed.kill('SIGKILL')
      await until(() => others.every((pid) => !isAlive(pid)), 'the others to end by themselves')
      assert.equal(isAlive(blocked), true)
      await using next = await ServerUnderTest.start('', {
        dir,
        args: ['--port', new URL(killed.url).port],
      })
      assert.equal(isAlive(blocked), false)
      assert.deepEqual([next.url, (await next.request('/')).status], [killed.url, 200])
    } finally {
      rmSync(dir, { recursive: true, force: true })
    }
  })

  it('end also when they were still loading their modules then', async () => {
    const child = fork(path.join(import.meta.dirname, '../fixtures/late-link.ts'))
    const exit = once(child, 'exit', { signal: AbortSignal.timeout(10_000) })
    child.disconnect()
    try {
      assert.equal((await exit)[0], 42)
    } finally {
      child.kill('SIGKILL')
    }
  })
})

describe('a worker that dies', () => {
  it('is replaced, counted and recorded, while the others serve', async () => {
    await using server = await ServerUnderTest.start('plain-app')
    const old = await server.pidOf('http', 1)
    sendSignal(old, 'SIGKILL')
    await until(async () => {
      const { workers } = await server.status()
      return workers[1]?.pid !== old && workers[1]?.state === 'ready'
    }, 'the successor')
    const { workers, state } = await server.status()
    assert.deepEqual([workers.map(({ restarts }) => restarts), state], [[0, 1], 'ready'])
    const { children } = JSON.parse(readFileSync(server.runFile('server.json'), 'utf8')) as {
      children: { pid: number }[]
    }
    const recorded = new Set(children.map(({ pid }) => pid))
    assert.deepEqual(recorded, new Set(workers.map(({ pid }) => pid)))
  })

  it('at every boot makes the server unhealthy, does not touch the others, and recovers by itself', async () => {
    await using server = await ServerUnderTest.start('plain-app', {
      args: ['-o', 'processes.maxRestarts=2', '-o', 'processes.restartWindow=2s'],
    })
    const app = path.join(server.dir, 'app.js')
    const sound = readFileSync(app, 'utf8')
    const healthy = await server.pidOf('http', 0)
    writeFileSync(app, `throw new Error('half a deployment')`)
    process.kill(await server.pidOf('http', 1), 'SIGKILL')
    await until(async () => (await server.status()).state === 'unhealthy', 'the server to be unhealthy')
    const { problems, workers } = await server.status()
    assert.match(problems.join(), /http 1 .*half a deployment/)
    assert.deepEqual([workers[0]?.pid, workers[0]?.restarts], [healthy, 0])
    assert.equal((await tsrv(server.dir, ['status'])).code, 1)
    await server.log((record) => record['pause'] === 1000, 'the longest pause')
    for (let round = 0; round < 20; round += 1) {
      assert.equal((await server.request('/')).text, String(healthy), 'no connection waits in the empty slot')
    }
    await server.log((record) => record['pause'] === 1000, 'the longest pause')
    const pauses = server.logs.flatMap((record) => record['pause'] ?? [])
    assert.deepEqual(pauses.slice(0, 3), [0, 100, 1000])
    writeFileSync(app, sound)
    await until(async () => (await server.status()).state === 'ready', 'the server to recover')
    assert.deepEqual((await server.status()).problems, [])
  })
})

describe('start listeners that never end', () => {
  it('fail the start after the boot timeout', async () => {
    const dir = project('plain-app', {
      'tsrv.config.ts': `export default { listeners: { ServerStartEvent: './never.ts' } }`,
      'never.ts': 'export default () => new Promise(() => {})',
    })
    // Long enough for the boots themselves, also on a busy machine.
    const { code, stderr } = await tsrv(dir, ['start', '-o', 'port=0', '-o', 'processes.bootTimeout=5s'])
    assert.equal(code, 1)
    assert.match(stderr, /ServerStartEvent.*not ready within 5 s/)
    rmSync(dir, { recursive: true, force: true })
  })
})
