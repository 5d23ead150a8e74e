import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import type { ServiceSetting } from '../../../../src/config/service-list.ts'
import { FakeChild } from '../fake-child.ts'
import { settled, Supervised } from '../supervised.ts'

function service(name: string, setting: Partial<ServiceSetting> = {}): ServiceSetting {
  return {
    name,
    module: `./${name}.ts`,
    restart: 'always',
    stopTimeout: 500,
    killTimeout: 1000,
    env: {},
    ...setting,
  }
}

async function withServices(t: TestContext, ...services: ServiceSetting[]): Promise<Supervised> {
  return Supervised.ready(t, { workers: 1, taskWorkers: 1, services })
}

/** All processes that the service has had. */
function lives(server: Supervised, name: string): FakeChild[] {
  return server.started.filter(({ place }) => place.name === name).map(({ child }) => child)
}

function latest(server: Supervised, name: string): FakeChild {
  const child = lives(server, name).at(-1)
  assert.ok(child, `${name} was never started`)
  return child
}

async function startAll(server: Supervised, ...names: string[]): Promise<void> {
  for (const name of names) {
    latest(server, name).ready()
    await settled()
  }
}

const states = async (server: Supervised): Promise<string[]> =>
  (await server.status()).workers
    .filter(({ role }) => role === 'service')
    .map(({ name, state }) => `${name} ${state}`)

async function loadNext(
  server: Supervised,
  generation: number,
  services: readonly ServiceSetting[],
): Promise<unknown> {
  const config = { ...server.config, services }
  const reloaded = server.supervisor.reload({ config, workers: 1, taskWorkers: 1, env: {}, generation })
  await settled()
  server.tasks().says({ type: 'reloaded' })
  await settled()
  const [old] = server.started.filter(({ place }) => place.role === 'http-worker').map(({ child }) => child)
  server.http(0).ready()
  await settled()
  old?.says({ type: 'resigned' })
  old?.exit(0)
  await settled()
  return reloaded
}

async function force(server: Supervised): Promise<void> {
  const stopped = server.supervisor.stop(true)
  await settled()
  // The time the task server has to give back what runs.
  server.tick(500)
  await stopped
}

describe('S19: services', () => {
  it('start in the order of the config, one by one, once the server is ready', async (t) => {
    const server = await withServices(t, service('a'), service('b'))
    assert.deepEqual([lives(server, 'a').length, lives(server, 'b').length], [1, 0])
    await startAll(server, 'a')
    assert.equal(lives(server, 'b').length, 1)
    await startAll(server, 'b')
    assert.deepEqual(await states(server), ['a ready', 'b ready'])
    const [order] = latest(server, 'b').sent
    assert.ok(order?.type === 'boot' && order.boot.service === 'b')
  })

  it('do not keep the server or one another from starting', async (t) => {
    const server = await withServices(t, service('broken', { restart: 'no' }), service('b'))
    latest(server, 'broken').failsBoot(new Error('no such module'))
    await settled()
    await startAll(server, 'b')
    const { state, problems } = await server.status()
    assert.deepEqual(await states(server), ['broken failed', 'b ready'])
    assert.equal(state, 'unhealthy')
    assert.match(problems.join(), /Service broken has ended and stays away: no such module/)
  })

  it('get new code one by one at a reload; new ones come, others go', async (t) => {
    const server = await withServices(t, service('a'), service('b'))
    await startAll(server, 'a', 'b')
    const reloaded = loadNext(server, 2, [service('b'), service('c')])
    await settled()
    for (let turn = 0; turn < 4; turn++) await settled()
    assert.deepEqual(
      [latest(server, 'a').orders.at(-1), latest(server, 'b').orders.at(-1)],
      ['drain', 'boot'],
    )
    latest(server, 'a').exit(0)
    await settled()
    assert.equal(latest(server, 'b').orders.at(-1), 'drain')
    assert.equal(lives(server, 'b').length, 1, 'never two of one service')
    latest(server, 'b').exit(0)
    await settled()
    await startAll(server, 'b', 'c')
    assert.deepEqual(await reloaded, {
      replaced: ['task 0', 'http 0', 'service b', 'service c'],
      failures: [],
    })
    assert.deepEqual(await states(server), ['b ready', 'c ready'])
  })

  it('are each started once by a reload that comes while they start', async (t) => {
    const server = await withServices(t, service('a'), service('b'))
    const reloaded = loadNext(server, 2, [service('a'), service('b')])
    for (let turn = 0; turn < 6; turn++) await settled()
    assert.deepEqual([lives(server, 'a').length, lives(server, 'b').length], [1, 0], 'the reload waits')
    await startAll(server, 'a', 'b')
    for (const name of ['a', 'b']) {
      latest(server, name).exit(0)
      await settled()
      await startAll(server, name)
    }
    await reloaded
    assert.deepEqual([lives(server, 'a').length, lives(server, 'b').length], [2, 2])
    assert.deepEqual(await states(server), ['a ready', 'b ready'])
  })

  it('end in reverse order when the server stops, after the requests and before the tasks', async (t) => {
    const server = await withServices(t, service('a'), service('b'))
    await startAll(server, 'a', 'b')
    const stopped = server.supervisor.stop()
    await settled()
    const order = (): string[] =>
      [latest(server, 'a'), latest(server, 'b'), server.tasks()].map((one) => one.orders.at(-1) ?? '')
    assert.deepEqual(order(), ['boot', 'boot', 'boot'], 'a request is open')
    server.http(0).says({ type: 'closed' })
    await settled()
    assert.deepEqual(order(), ['boot', 'drain', 'boot'])
    latest(server, 'b').exit(0)
    await settled()
    assert.deepEqual(order(), ['drain', 'drain', 'boot'])
    latest(server, 'a').exit(0)
    await settled()
    assert.deepEqual(order(), ['drain', 'drain', 'drain'])
    server.tasks().exit(0)
    await settled()
    server.http(0).exit(0)
    await stopped
  })

  it('are not started again once the server has been told to stop', async (t) => {
    const server = await withServices(t, service('a'))
    await startAll(server, 'a')
    const stopped = server.supervisor.stop()
    latest(server, 'a').exit(1)
    await settled()
    server.tick(10_000)
    assert.equal(lives(server, 'a').length, 1)
    await force(server)
    await stopped
  })
})

describe('S20: a service that ends by itself', () => {
  for (const [restart, code, isBack] of [
    ['always', 0, true],
    ['always', 1, true],
    ['on-failure', 0, false],
    ['on-failure', 1, true],
    ['no-error', 0, false],
    ['no-error', 1, false],
    ['no', 0, false],
    ['no', 1, false],
  ] as const) {
    it(`with code ${code} under "${restart}" is ${isBack ? 'started again' : 'left alone'}`, async (t) => {
      const server = await withServices(t, service('a', { restart }))
      await startAll(server, 'a')
      latest(server, 'a').exit(code)
      server.tick(0)
      assert.equal(lives(server, 'a').length, isBack ? 2 : 1)
      if (isBack) return
      const isError = code !== 0 && restart !== 'no-error'
      assert.deepEqual(await states(server), [isError ? 'a failed' : 'a ended'])
      assert.equal((await server.status()).problems.length, isError ? 1 : 0)
      const { event } = server.records.at(-1) ?? {}
      assert.equal(event, isError ? 'service-crashed' : 'service-stopped')
    })
  }

  it('again and again comes back after growing pauses, and makes the server unhealthy', async (t) => {
    const server = await withServices(t, service('a'))
    await startAll(server, 'a')
    latest(server, 'a').exit(1)
    server.tick(0)
    latest(server, 'a').exit(1)
    server.tick(99)
    assert.equal(lives(server, 'a').length, 2)
    server.tick(1)
    assert.equal(lives(server, 'a').length, 3)
    latest(server, 'a').exit(null, 'SIGSEGV')
    const { problems } = await server.status()
    assert.match(problems.join(), /Service a ends again and again; the last time: it was ended by SIGSEGV/)
  })
})

describe('S21: a service that is to stop', () => {
  it('gets SIGTERM at stopTimeout and SIGKILL at killTimeout, and nothing sooner', async (t) => {
    const server = await withServices(t, service('a', { stopTimeout: 5000, killTimeout: 10_000 }))
    await startAll(server, 'a')
    const child = latest(server, 'a')
    child.isKillable = false
    const stopped = server.supervisor.stop()
    server.http(0).says({ type: 'closed' })
    await settled()
    server.tick(4999)
    assert.deepEqual([child.orders.at(-1), child.killed], ['drain', []])
    server.tick(1)
    assert.deepEqual(child.killed, ['SIGTERM'])
    server.tick(4999)
    assert.deepEqual(child.killed, ['SIGTERM'])
    server.tick(1)
    assert.deepEqual(child.killed, ['SIGTERM', 'SIGKILL'])
    child.exit(null, 'SIGKILL')
    await force(server)
    await stopped
  })

  it('gets no signal when it leaves in time', async (t) => {
    const server = await withServices(t, service('a'))
    await startAll(server, 'a')
    const stopped = server.supervisor.stop()
    server.http(0).says({ type: 'closed' })
    await settled()
    latest(server, 'a').exit(0)
    server.tick(20_000)
    assert.deepEqual(latest(server, 'a').killed, [])
    await force(server)
    await stopped
  })
})

describe('S22: the record of a service', () => {
  it('tells of its starts, stops and crashes, with process, reason and pause', async (t) => {
    const server = await withServices(t, service('a', { restart: 'on-failure' }))
    await startAll(server, 'a')
    latest(server, 'a').exit(3)
    server.tick(0)
    await startAll(server, 'a')
    latest(server, 'a').exit(0)
    assert.deepEqual(
      server.records.map(({ event, service, reason }) => [event, service, reason]),
      [
        ['service-started', 'a', undefined],
        ['service-crashed', 'a', 'it exited with code 3'],
        ['service-started', 'a', undefined],
        ['service-stopped', 'a', 'it exited with code 0'],
      ],
    )
    const [{ status }] = [{ status: (await server.status()).workers.find(({ role }) => role === 'service') }]
    assert.deepEqual([status?.restarts, status?.state, status?.pid], [1, 'ended', undefined])
  })
})
