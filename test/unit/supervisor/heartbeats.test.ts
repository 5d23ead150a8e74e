import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import type { Logger } from '../../../src/server.ts'
import { Heartbeats } from '../../../src/supervisor/heartbeats.ts'
import { type Place, WorkerHandle } from '../../../src/supervisor/worker-handle.ts'
import { type RequestNote } from '../../../src/wire/heartbeat.ts'
import { FakeChild } from './fake-child.ts'

const NOTE: RequestNote = {
  requests: [{ method: 'GET', url: '/loop', since: Date.UTC(2026, 0, 1) }],
  open: 1,
  isStale: false,
}

interface HeardOptions {
  readonly workerTimeout?: number
  readonly role?: Place['role']
  readonly isDebugged?: boolean
}

interface Heard {
  readonly child: FakeChild
  readonly worker: WorkerHandle
  readonly heartbeats: Heartbeats
  readonly records: Record<string, unknown>[]
  readonly exits: string[]
  changes: number
  /** Seconds, in which the process beats or not. */
  live(seconds: number, beats: boolean): void
  /** This process does not run for so many seconds. */
  sleep(seconds: number): void
}

function heard(
  t: TestContext,
  { workerTimeout = 10_000, role = 'http-worker', isDebugged = false }: HeardOptions = {},
): Heard {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  let now = 0
  const child = new FakeChild()
  const exits: string[] = []
  const worker = new WorkerHandle(child.process, { role, slot: 0, generation: 1 }, () => 0, {
    onReady: () => {},
    onMessage: () => {},
    onExit: (_, { lastWords }) => exits.push(String(lastWords)),
  })
  const records: Record<string, unknown>[] = []
  const note = (fields: object, msg: string): void => void records.push({ ...fields, msg })
  const seen: Heard = {
    child,
    worker,
    records,
    exits,
    changes: 0,
    heartbeats: new Heartbeats({
      members: () => [worker],
      workerTimeout: () => workerTimeout,
      requestsOf: () => NOTE,
      onChange: () => void seen.changes++,
      log: { info: note, warn: note, error: note } as unknown as Logger,
      now: () => now,
    }),
    live(seconds, beats) {
      for (let second = 0; second < seconds; second++) {
        now += 1000
        if (beats)
          seen.heartbeats.heard(worker, { delay: 1, memory: 2, ...(isDebugged && { isDebugged: true }) })
        t.mock.timers.tick(1000)
      }
    },
    sleep(seconds) {
      now += seconds * 1000
      t.mock.timers.tick(1000)
    },
  }
  child.ready()
  seen.heartbeats.watch()
  seen.live(3, true)
  return seen
}

describe('the heartbeats', () => {
  it('say nothing of a process that beats', (t) => {
    const seen = heard(t)
    seen.live(100, true)
    assert.deepEqual([seen.records, seen.child.killed], [[], []])
  })

  it('report a silent process once, with what it was doing', (t) => {
    const seen = heard(t)
    seen.live(8, false)
    assert.equal(seen.records.length, 1)
    const { event, child, requests, msg } = seen.records[0] ?? {}
    assert.deepEqual([event, child, msg], ['worker-blocked', 'http 0', 'A process is blocked'])
    assert.deepEqual(requests, [{ method: 'GET', url: '/loop', since: '2026-01-01T00:00:00.000Z' }])
    assert.deepEqual([seen.changes, seen.worker.pulse.blocked?.silence], [1, 8000])
  })

  it('tell that it goes on', (t) => {
    const seen = heard(t)
    seen.live(5, false)
    seen.live(1, true)
    assert.deepEqual(
      seen.records.map(({ event }) => event),
      ['worker-blocked', 'worker-back'],
    )
    assert.deepEqual([seen.changes, seen.worker.pulse.blocked], [2, undefined])
  })

  it('kill it past the timeout, and say for what', async (t) => {
    const seen = heard(t)
    seen.live(9, false)
    assert.deepEqual(seen.child.killed, [])
    seen.live(2, false)
    await Promise.resolve()
    assert.deepEqual(seen.child.killed, ['SIGKILL'])
    assert.deepEqual(seen.exits, ['its event loop was blocked for 10 s with these requests open: GET /loop'])
  })

  it('kill the task server as well, a service never', (t) => {
    const tasks = heard(t, { role: 'task-server' })
    tasks.live(12, false)
    assert.deepEqual([tasks.child.killed, tasks.records[0]?.['requests']], [['SIGKILL'], undefined])
    t.mock.timers.reset()
    const service = heard(t, { role: 'service' })
    service.live(100, false)
    assert.deepEqual([service.child.killed, service.records.length], [[], 1])
  })

  it('kill nobody without a timeout, and never sooner than after three beats', (t) => {
    const patient = heard(t, { workerTimeout: 0 })
    patient.live(1000, false)
    assert.deepEqual([patient.child.killed, patient.records.length], [[], 1])
    t.mock.timers.reset()
    const hasty = heard(t, { workerTimeout: 1 })
    hasty.live(2, false)
    assert.deepEqual(hasty.child.killed, [])
    hasty.live(1, false)
    assert.deepEqual(hasty.child.killed, ['SIGKILL'])
  })

  it('blame nobody for the time in which this process did not run', (t) => {
    const seen = heard(t)
    for (let night = 0; night < 5; night++) {
      seen.sleep(8 * 3600)
      seen.live(1, true)
    }
    assert.deepEqual([seen.records, seen.child.killed], [[], []])
  })

  it('leave alone a process that a debugger may have stopped', (t) => {
    const seen = heard(t, { isDebugged: true })
    seen.live(1000, false)
    assert.deepEqual([seen.records, seen.child.killed], [[], []])
  })

  it('watch a process while it drains, and not before it is ready', (t) => {
    const seen = heard(t)
    seen.worker.drain(1_000_000, 0)
    seen.live(12, false)
    assert.deepEqual(seen.child.killed, ['SIGKILL'])
  })
})
