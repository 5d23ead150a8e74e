import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, it, type TestContext } from 'node:test'
import { StandInHandle } from '../../../src/supervisor/stand-in-handle.ts'
import { startTimeOf } from '../../../src/util/process-identity.ts'
import { errorToWire } from '../../../src/wire/error-report.ts'
import type { FromStandIn, Legacy, ToStandIn } from '../../../src/wire/stand-in.ts'
import { settled } from './supervised.ts'

const LEGACY: Legacy = {
  generation: 3,
  slots: 1,
  mode: 'per-worker',
  paths: [null, null],
  target: '127.0.0.1 8080',
  isActivated: false,
  adminPort: null,
  counts: { workers: 1 },
}
const handle = (fd: number): { fd: number; close(): void } => ({ fd, close() {} })

/** The line, with the test at its other end. */
class Stage {
  readonly sent: ToStandIn[] = []
  readonly killed: number[] = []
  isClosed = false
  idFailures = 0
  says: (message: FromStandIn, socket?: unknown) => void = () => {}
  ends: () => void = () => {}
  readonly handle: StandInHandle

  constructor(t: TestContext) {
    t.mock.timers.enable({ apis: ['setTimeout'] })
    let next = 1
    this.handle = new StandInHandle({
      line: {
        send: (message) => this.sent.push(message),
        onMessage: (receive) => (this.says = receive),
        onClosed: (closed) => (this.ends = closed),
        close: () => (this.isClosed = true),
      },
      ids: {
        take: () => {
          if (this.idFailures-- > 0) throw new Error('disk full')
          return { first: next++, last: next }
        },
      },
      kill: (pid) => this.killed.push(pid),
    })
  }
}

describe('a stand-in, seen by the supervisor', () => {
  it('gets what it needs first, and serves when it says so', async (t) => {
    const stage = new Stage(t)
    const standing = stage.handle.stand(LEGACY, 1000)
    assert.deepEqual(stage.sent, [{ type: 'stand-in', protocol: 1, ...LEGACY }])
    stage.says({ type: 'standing', processes: [{ role: 'http', slot: 0, pid: 1, startTime: 'x' }] })
    await standing
    assert.equal(stage.handle.processes.length, 1)
  })

  it('does not stand when it says why not, when it ends, and when it takes too long', async (t) => {
    const failed = new Stage(t)
    const one = failed.handle.stand(LEGACY, 1000)
    failed.says({ type: 'failed', error: errorToWire(new Error('no app')) })
    await assert.rejects(one, /^Error: no app/)
    t.mock.timers.reset()
    const gone = new Stage(t)
    const two = gone.handle.stand(LEGACY, 1000)
    gone.ends()
    await assert.rejects(two, /it ended/)
    t.mock.timers.reset()
    const slow = new Stage(t)
    const three = slow.handle.stand(LEGACY, 1000)
    t.mock.timers.tick(1000)
    await assert.rejects(three, /was not ready within 1 s/)
  })

  it('gets task ids, also when the disk is full for a while', async (t) => {
    const stage = new Stage(t)
    stage.idFailures = 1
    stage.says({ type: 'ids?', request: 4, kind: 'block' })
    assert.deepEqual(stage.sent, [])
    t.mock.timers.tick(1000)
    assert.deepEqual(stage.sent, [{ type: 'ids', request: 4, range: { first: 1, last: 2 } }])
  })

  it('leaves its sockets to the successor, in order, once all of them are there', async (t) => {
    const stage = new Stage(t)
    const inherited = stage.handle.takeOver()
    assert.deepEqual(stage.sent, [{ type: 'successor' }])
    stage.says({ type: 'legacy', processes: [], ...LEGACY })
    let isThere = false
    void inherited.then(() => (isThere = true))
    stage.says({ type: 'socket' }, handle(7))
    await settled()
    assert.equal(isThere, false)
    stage.says({ type: 'socket' }, handle(8))
    const { legacy, handles } = await inherited
    assert.deepEqual(legacy, LEGACY)
    assert.deepEqual(
      handles.map(({ fd }) => fd),
      [7, 8],
    )
  })

  it('is not waited for by a successor that nobody answers', async (t) => {
    const stage = new Stage(t)
    const inherited = stage.handle.takeOver()
    t.mock.timers.tick(10_000)
    await assert.rejects(inherited, { code: 'TSRV_BOOT_TIMEOUT' })
    const silent = stage.handle.hush()
    t.mock.timers.tick(10_000)
    await assert.rejects(silent, { code: 'TSRV_BOOT_TIMEOUT' })
  })

  it('is killed when it does not leave, it and nobody who has got its number since', async (t) => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' })
    t.after(() => child.kill('SIGKILL'))
    await once(child, 'spawn')
    const pid = child.pid ?? 0
    const stage = new Stage(t)
    const processes = [
      { role: 'stand-in', slot: 0, pid, startTime: startTimeOf(pid) ?? '' },
      { role: 'http', slot: 0, pid: process.pid, startTime: 'another' },
    ] as const
    stage.says({ type: 'begun', processes })
    const left = stage.handle.leave({ within: 1000, idleGrace: 400 })
    assert.deepEqual(stage.sent, [{ type: 'leave', within: 1000, idleGrace: 400 }])
    t.mock.timers.tick(4999)
    assert.deepEqual(stage.killed, [])
    t.mock.timers.tick(1)
    assert.deepEqual(stage.killed, [pid])
    stage.ends()
    await left
  })

  it('that is not needed after all loses its line, and is killed when that is not enough', async (t) => {
    const stage = new Stage(t)
    const processes = [
      { role: 'stand-in', slot: 0, pid: process.pid, startTime: startTimeOf(process.pid) ?? '' },
    ] as const
    stage.says({ type: 'begun', processes })
    stage.handle.dismiss()
    assert.ok(stage.isClosed)
    t.mock.timers.tick(2000)
    assert.deepEqual(stage.killed, [process.pid])
  })
})
