import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { EventEmitter } from 'node:events'
import { describe, it, type TestContext } from 'node:test'
import type { Launch } from '../../../../src/supervisor/launch.ts'
import { Spares } from '../../../../src/supervisor/watch/spares.ts'
import type { Place } from '../../../../src/supervisor/worker-handle.ts'

class Child extends EventEmitter {
  readonly place: Place
  readonly sent: unknown[] = []
  isKilled = false

  constructor(place: Place) {
    super()
    this.place = place
  }

  send(message: unknown): void {
    this.sent.push(message)
  }

  kill(): void {
    this.isKilled = true
    this.emit('exit')
  }
}

interface LaunchChange {
  readonly workers?: number
  readonly env?: Launch['env']
  readonly execArgv?: readonly string[]
}

function launchWith({ workers = 2, env = {}, execArgv = [] }: LaunchChange = {}): Launch {
  return {
    config: { processes: { execArgv } },
    workers,
    taskWorkers: 0,
    env,
    generation: 1,
  } as unknown as Launch
}

function setUp(t: TestContext): { spares: Spares; started: Child[]; fds: Map<number, number> } {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const started: Child[] = []
  const fds = new Map<number, number>()
  const start = (place: Place): ChildProcess => {
    const child = new Child(place)
    started.push(child)
    return child as unknown as ChildProcess
  }
  const execArgv = ({ config, workers }: Launch): readonly string[] => [
    ...config.processes.execArgv,
    `--max-heap-size=${1000 / workers}`,
  ]
  return { spares: new Spares({ start, execArgv, fd: (slot) => fds.get(slot) ?? slot }), started, fds }
}

const http = (slot: number): Place => ({ role: 'http-worker', slot, generation: 2 })

/** As long as all of them take. */
function fill(t: TestContext, spares: Spares, launch = launchWith()): void {
  spares.fill(launch)
  for (let turn = 0; turn < 10; turn += 1) t.mock.timers.tick(300)
}

describe('spare HTTP workers', () => {
  it('are made one after the other, and warm themselves up', (t) => {
    const { spares, started } = setUp(t)
    spares.fill(launchWith())
    assert.equal(started.length, 0)
    t.mock.timers.tick(300)
    assert.deepEqual(
      started.map(({ place }) => place.slot),
      [0],
    )
    t.mock.timers.tick(300)
    assert.deepEqual(
      started.map(({ place }) => place.slot),
      [0, 1],
    )
    assert.deepEqual(started[0]?.sent, [{ type: 'warm-up' }])
  })

  it('take the places of workers', (t) => {
    const { spares, started } = setUp(t)
    fill(t, spares)
    assert.equal(spares.start(http(1), launchWith()), started[1])
    assert.equal(started.length, 2)
    spares.start(http(1), launchWith())
    assert.equal(started.length, 3, 'each of them once')
  })

  it('are not for other processes', (t) => {
    const { spares, started } = setUp(t)
    fill(t, spares)
    const tasks = spares.start({ role: 'task-server', slot: 0, generation: 1 }, launchWith())
    assert.equal(tasks, started[2])
  })

  it('are four at most', (t) => {
    const { spares, started } = setUp(t)
    fill(t, spares, launchWith({ workers: 16 }))
    assert.equal(started.length, 4)
  })

  it('are of no use for another environment, other options of Node or another socket', (t) => {
    // In a container the limit of the heap depends on the number of workers.
    for (const change of [{ env: { A: '1' } }, { execArgv: ['--no-warnings'] }, { workers: 4 }]) {
      const { spares, started } = setUp(t)
      fill(t, spares)
      assert.equal(spares.start(http(0), launchWith(change)), started[2])
      assert.equal(started[0]?.isKilled, true)
      t.mock.timers.reset()
    }
    const { spares, started, fds } = setUp(t)
    fill(t, spares)
    fds.set(0, 99)
    assert.equal(spares.start(http(0), launchWith()), started[2])
    assert.equal(started[0]?.isKilled, true)
  })

  it('are not made where options of Node load modules of the user first', (t) => {
    for (const change of [
      { execArgv: ['--import', './otel.ts'] },
      { execArgv: ['-r', 'x'] },
      { env: { NODE_OPTIONS: '--require=./x.js' } },
    ]) {
      const { spares, started } = setUp(t)
      fill(t, spares, launchWith(change))
      assert.equal(started.length, 0, JSON.stringify(change))
      t.mock.timers.reset()
    }
  })

  it('are not missed when they have died', (t) => {
    const { spares, started } = setUp(t)
    fill(t, spares)
    started[0]?.emit('exit')
    assert.equal(spares.start(http(0), launchWith()), started[2])
  })

  it('are made again only when they are asked for again: one that always dies makes no storm', (t) => {
    const { spares, started } = setUp(t)
    fill(t, spares)
    for (const child of started) child.emit('exit')
    for (let turn = 0; turn < 10; turn += 1) t.mock.timers.tick(300)
    assert.equal(started.length, 2)
    fill(t, spares)
    assert.equal(started.length, 4)
  })

  it('are not made while a reload starts workers', (t) => {
    const { spares, started } = setUp(t)
    spares.fill(launchWith())
    spares.start(http(0), launchWith())
    for (let turn = 0; turn < 10; turn += 1) t.mock.timers.tick(300)
    assert.equal(started.length, 1)
  })

  it('are made in spite of other processes that start', (t) => {
    const { spares, started } = setUp(t)
    spares.fill(launchWith())
    spares.start({ role: 'service', slot: 0, generation: 1 }, launchWith())
    t.mock.timers.tick(300)
    assert.deepEqual(
      started.map(({ place }) => place.role),
      ['service', 'http-worker'],
    )
  })

  it('end with the server', (t) => {
    const { spares, started } = setUp(t)
    fill(t, spares)
    spares.fill(launchWith({ workers: 3 }))
    spares[Symbol.dispose]()
    assert.ok(started.every(({ isKilled }) => isKilled))
    for (let turn = 0; turn < 10; turn += 1) t.mock.timers.tick(300)
    assert.equal(started.length, 2)
  })
})
