import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Config } from '../../../src/config/config.ts'
import { ServerRecorder } from '../../../src/entry/server-recorder.ts'
import type { SupervisorStatus } from '../../../src/supervisor/status.ts'

const SERVING: SupervisorStatus = { state: 'ready', generation: 1, workers: [], problems: ['one'] }
const NO_ADMIN = { url: undefined, problem: undefined }

function recorder(now: () => number): ServerRecorder {
  return new ServerRecorder({
    config: { name: 'shop', root: '/shop' } as Config,
    self: { pid: 7, startTime: '70' },
    addresses: () => [],
    isSecure: () => false,
    now,
  })
}

describe('the status of a server', () => {
  it('R33: tells when it began by the time of day, and its uptime by a clock that nobody sets', (t) => {
    t.mock.timers.enable({ apis: ['Date'], now: Date.UTC(2026, 0, 1) })
    let passed = 70
    const server = recorder(() => passed)
    t.mock.timers.setTime(Date.UTC(1999, 0, 1))
    passed += 1500.4
    const more = { lastReload: undefined, admin: NO_ADMIN, isRestarting: false }
    const { startedAt, uptimeMs } = server.status(SERVING, more)
    assert.deepEqual([startedAt, uptimeMs], ['2026-01-01T00:00:00.000Z', 1500])
  })

  it('tells of an admin listener that is not there beside the problems of the processes', () => {
    const admin = { url: undefined, problem: 'two' }
    const { problems, ...status } = recorder(() => 0).status(SERVING, {
      lastReload: undefined,
      admin,
      isRestarting: false,
    })
    assert.deepEqual([problems, 'admin' in status], [['one', 'two'], false])
  })
})
