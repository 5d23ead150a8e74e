/** Signals beyond the stop: more and fewer workers, children that obey the supervisor alone, a start that is stopped. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { until } from '../until.ts'
import { Load } from './load.ts'
import { isAlive, sendSignal } from './alive.ts'
import { tsrv } from './project.ts'
import { ServerUnderTest } from './server-under-test.ts'

async function workersAre(server: ServerUnderTest, count: number): Promise<void> {
  await until(async () => {
    const { workers } = await server.status()
    return workers.length === count && workers.every(({ state }) => state === 'ready')
  }, `${count} HTTP workers`)
}

function scalings(server: ServerUnderTest): unknown[] {
  return server.logs.filter((record) => record['event'] === 'scaled').map((record) => record['workers'])
}

async function scale(server: ServerUnderTest, signal: 'SIGTTIN' | 'SIGTTOU'): Promise<void> {
  const before = scalings(server).length
  server.kill(signal)
  await until(() => scalings(server).length > before, `what ${signal} does`)
}

describe('TTIN and TTOU', () => {
  it('start and drain HTTP workers without failing a request, and never drain the last one', async () => {
    await using server = await ServerUnderTest.start('plain-app', { args: ['-w', '1'] })
    const first = await server.pidOf('http', 0)
    await using load = new Load(server, { kept: 4, fresh: 4 })
    for (let round = 0; round < 2; round += 1) {
      for (const count of [2, 3]) {
        await scale(server, 'SIGTTIN')
        await workersAre(server, count)
      }
      await load.goesOn(200)
      for (const count of [2, 1, 1]) {
        await scale(server, 'SIGTTOU')
        await workersAre(server, count)
      }
      await load.goesOn(200)
    }
    await load.end()
    assert.deepEqual(load.failures, [])
    assert.deepEqual(scalings(server), [2, 3, 2, 1, 1, 2, 3, 2, 1, 1])
    assert.equal(await server.pidOf('http', 0), first, 'the worker that stays is the same')
    assert.equal((await server.stop()).code, 0)
  })

  it('decide the number also for later reloads, unless one is given', async () => {
    await using server = await ServerUnderTest.start('plain-app', { args: ['-w', '2'] })
    await scale(server, 'SIGTTIN')
    await workersAre(server, 3)
    assert.equal((await tsrv(server.dir, ['reload'])).code, 0)
    await workersAre(server, 3)
    assert.equal((await tsrv(server.dir, ['reload', '-w', '1'])).code, 0)
    await workersAre(server, 1)
    await scale(server, 'SIGTTIN')
    await workersAre(server, 2)
    assert.match((await tsrv(server.dir, ['status'])).stdout, /http 1/)
  })

  it('wait for a reload that is under way', async () => {
    await using server = await ServerUnderTest.start('plain-app', { args: ['-w', '2'] })
    const reload = tsrv(server.dir, ['reload'])
    await server.log((record) => record['event'] === 'reloading', 'the reload')
    await scale(server, 'SIGTTOU')
    assert.equal((await reload).code, 0)
    await workersAre(server, 1)
    assert.equal((await server.status()).generation, 2)
  })
})

describe('signals to children', () => {
  it('change nothing', async () => {
    await using server = await ServerUnderTest.start('tasks-app')
    const before = (await server.status()).workers.map(({ pid = 0 }) => pid)
    for (const signal of ['SIGTERM', 'SIGTTIN', 'SIGTTOU'] as const) {
      for (const pid of before) sendSignal(pid, signal)
      for (let round = 0; round < 10; round += 1) await server.json('/wait?n=1')
      const { workers, state } = await server.status()
      assert.deepEqual([workers.map(({ pid }) => pid), state], [before, 'ready'], signal)
    }
    assert.equal((await server.stop()).code, 0)
  })

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    it(`do not reach an app that stops at them, so that a stop answers what is open: ${signal}`, async () => {
      await using server = await ServerUnderTest.start('plain-app', {
        detached: true,
        args: ['-w', '1', '-o', 'log.level=debug'],
        files: {
          'app.js': `import { server } from '@tsrv/server'
const leave = () => process.exit(1)
process.on('${signal}', leave)
process.once('${signal}', leave)
export default async (request) => {
  process.on('${signal}', leave)
  if (!request.url.endsWith('/slow')) return new Response('')
  server.log.info('entered')
  await new Promise((resolve) => setTimeout(resolve, 500))
  return new Response('slow')
}`,
        },
      })
      const answer = server.request('/slow')
      await server.log(({ msg }) => msg === 'entered', 'the request')
      process.kill(-server.pid, signal)
      assert.equal((await answer).text, 'slow')
      assert.equal((await server.ended).code, 0)
      const told = server.logs.filter(({ msg }) => msg.includes('is not called'))
      assert.equal(told.length, 1)
    })
  }

  it('leave the signals to an app that mean nothing to tsrv', async () => {
    await using server = await ServerUnderTest.start('plain-app', {
      args: ['-w', '1'],
      files: {
        'app.js': `import { server } from '@tsrv/server'
process.on('SIGUSR2', () => server.log.info('heard'))
export default () => new Response('')`,
      },
    })
    process.kill(await server.pidOf('http'), 'SIGUSR2')
    await server.log(({ msg }) => msg === 'heard', 'the handler of the app')
  })

  it('do not disturb the evaluation of a configuration', async () => {
    const files = { 'tsrv.config.ts': 'export default { workers: 2 }' }
    await using server = await ServerUnderTest.start('plain-app', { files })
    writeFileSync(path.join(server.dir, 'tsrv.config.ts'), WAITING_CONFIG)
    const reload = tsrv(server.dir, ['reload'])
    const pid = await evaluating(server.dir)
    for (const signal of ['SIGUSR1', 'SIGUSR2', 'SIGTTIN', 'SIGTTOU'] as const) sendSignal(pid, signal)
    writeFileSync(path.join(server.dir, 'go'), '')
    const { code, stderr } = await reload
    assert.deepEqual([code, stderr], [0, ''])
    await workersAre(server, 3)
  })
})

describe('a start that is stopped while its configuration is evaluated', () => {
  it('ends at once and leaves no process, even when the evaluation hangs', async () => {
    await using server = ServerUnderTest.launch('plain-app', {
      files: { 'tsrv.config.ts': `${TELL_PID}for (;;) {}` },
    })
    const pid = await evaluating(server.dir)
    server.kill('SIGTERM')
    const { code, stderr } = await server.ended
    assert.deepEqual([code, stderr], [0, ''])
    await until(() => !isAlive(pid), 'the end of the evaluation')
  })
})

const TELL_PID = `import { existsSync, renameSync, writeFileSync } from 'node:fs'
writeFileSync('pid.new', String(process.pid))
renameSync('pid.new', 'pid')
`
const WAITING_CONFIG = `${TELL_PID}while (!existsSync('go')) await new Promise((resolve) => setTimeout(resolve, 5))
export default { workers: 3 }`

/** Pid of the process that evaluates the configuration, once it does. */
async function evaluating(dir: string): Promise<number> {
  const file = path.join(dir, 'pid')
  await until(() => existsSync(file), 'the evaluation')
  return Number(readFileSync(file, 'utf8'))
}
