import assert from 'node:assert/strict'
import path from 'node:path'
import { describe, it } from 'node:test'
import { printStatus } from '../../../src/cli/render/status.ts'
import type { Status } from '../../../src/control/protocol.ts'
import { printed } from './printed.ts'

const HOUR = 3_600_000
const status: Status = {
  name: 'shop',
  version: '1.2.3',
  pid: 10,
  state: 'ready',
  startedAt: '2026-01-01T00:00:00.000Z',
  uptimeMs: 25 * HOUR,
  urls: ['http://127.0.0.1:8080'],
  root: '/srv/shop',
  generation: 1,
  workers: [
    {
      role: 'http',
      slot: 0,
      pid: 11,
      state: 'ready',
      generation: 1,
      restarts: 0,
      recycles: 2,
      uptimeMs: 61_000,
      delayMs: 12,
      memory: 80 * 1024 ** 2,
      leader: true,
    },
    { role: 'http', slot: 1, state: 'waiting', generation: 1, restarts: 4, recycles: 0 },
  ],
  problems: [],
} as Status

describe('the status for people', () => {
  it('says in its first lines what runs, since when and where', (t) => {
    const [first, second] = printed(t, () => printStatus(status)).split('\n')
    assert.match(first ?? '', /Server is running: shop 1\.2\.3, ready, pid 10, up 25h 0m$/)
    assert.equal(second, '  http://127.0.0.1:8080')
  })

  it('says where the log is when the server has one', (t) => {
    const text = printed(t, () => printStatus({ ...status, logFile: path.resolve('.tsrv/server.log') }))
    assert.equal(text.split('\n')[2], '  log .tsrv/server.log')
  })

  it('puts one process on a line, the empty places as well, and names the leader', (t) => {
    const lines = printed(t, () => printStatus(status))
      .split('\n')
      .slice(2, 5)
    assert.deepEqual(
      lines.map((line) => line.trim().split(/ {2,}/)),
      [
        ['PROCESS', 'PID', 'STATE', 'UP', 'DELAY', 'MEMORY', 'RESTARTS'],
        ['http 0', '11', 'ready, leader', '1m 1s', '12 ms', '80 MB', '0 (2 recycled)'],
        ['http 1', '-', 'waiting', '-', '-', '-', '4'],
      ],
    )
    const starts = lines.map((line) => line.search(/(?:STATE|ready|waiting)/))
    assert.equal(new Set(starts).size, 1, 'the columns are straight')
  })

  it('marks a process that is blocked', (t) => {
    const [worker] = status.workers
    assert.ok(worker)
    const workers = [{ ...worker, blocked: { forMs: 12_000, requests: ['GET /loop'] } }]
    assert.match(
      printed(t, () => printStatus({ ...status, workers })),
      /ready, leader, blocked 12s/,
    )
  })

  it('shows services by name', (t) => {
    const service = { role: 'service', name: 'mailbox', slot: 0, pid: 12, state: 'ready' } as const
    const workers = [{ ...service, generation: 1, restarts: 2, recycles: 0, uptimeMs: 1000 }]
    const text = printed(t, () => printStatus({ ...status, workers }))
    assert.match(text, /service mailbox +12 +ready +1s +- +- +2\n/)
  })

  it('shows queue and task workers when there are any', (t) => {
    const tasks = {
      workers: 2,
      queued: 3,
      running: 1,
      finished: 4,
      failed: 5,
      resumed: 0,
      lanes: [
        { lane: 0, state: 'busy', taskId: 9 },
        { lane: 1, state: 'idle' },
      ],
    } as const
    const text = printed(t, () => printStatus({ ...status, tasks }))
    assert.match(text, /3 queued, 1 running, 4 finished, 5 failed/)
    assert.match(text, /0 busy #9 · 1 idle/)
  })

  it('ends with the problems, without their control characters', (t) => {
    const text = printed(t, () => printStatus({ ...status, problems: ['http 1 dies: \u001b[2Jgone'] }))
    assert.match(text, /⚠ http 1 dies: .*gone\n$/)
    assert.equal(text.includes('\u001b[2J'), false)
  })

  it('says where the admin listener is', (t) => {
    const text = printed(t, () => printStatus({ ...status, admin: 'http://127.0.0.1:9090' }))
    assert.equal(text.split('\n')[1], '  http://127.0.0.1:8080  admin http://127.0.0.1:9090')
  })

  const ago = (ms: number): string => new Date(Date.now() - ms).toISOString()
  for (const [name, lastReload, line] of [
    [
      'done',
      { at: ago(5000), by: 'SIGHUP', result: 'done', generation: 2, durationMs: 420 },
      /^ {2}last reload 5s ago by SIGHUP, took 420 ms$/m,
    ],
    [
      'failed',
      { at: ago(HOUR), by: 'tsrv reload', result: 'failed', reason: 'app.ts:1 ((', durationMs: 1 },
      /^⚠ last reload failed, 1h ago by tsrv reload: app\.ts:1 \(\($/m,
    ],
    [
      'running',
      { at: ago(2000), by: 'watch', only: 'tasks', result: 'running' },
      /^ {2}reload of the task workers under way, begun 2s ago by watch$/m,
    ],
  ] as const) {
    it(`says how the last reload went: ${name}`, (t) => {
      assert.match(
        printed(t, () => printStatus({ ...status, lastReload })),
        line,
      )
    })
  }
})
