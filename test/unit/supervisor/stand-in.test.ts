import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import type { Config } from '../../../src/config/config.ts'
import type { Logger } from '../../../src/server.ts'
import type { Orphan } from '../../../src/supervisor/orphans.ts'
import { StandIn } from '../../../src/supervisor/stand-in.ts'
import { NO_NOTE } from '../../../src/wire/heartbeat.ts'
import type { IdRange, IdRangeKind } from '../../../src/wire/messages.ts'
import { FakeChild } from './fake-child.ts'
import { settled } from './supervised.ts'

class Stage {
  readonly children: FakeChild[] = []
  readonly orphans: Orphan[] = []
  readonly asked: IdRangeKind[] = []
  readonly standIn: StandIn
  isIdDeskOpen = true
  readonly #t: TestContext
  #last = 0

  constructor(t: TestContext, workers = 2) {
    this.#t = t
    t.mock.timers.enable({ apis: ['setTimeout', 'Date'] })
    const config = { processes: { bootTimeout: 1000, workerTimeout: 0 } } as Config
    this.standIn = new StandIn({
      launch: { config, workers, taskWorkers: 2, env: {}, generation: 7 },
      surroundings: { tasksSocket: 'tasks.sock', socketPath: () => undefined },
      start: () => {
        const child = new FakeChild()
        this.children.push(child)
        return child.process
      },
      orphans: () => this.orphans,
      requestsOf: () => NO_NOTE,
      now: () => Date.now(),
      takeIds: (kind) => this.#ids(kind),
      log: { error: () => {} } as unknown as Logger,
    })
  }

  child(index: number): FakeChild {
    const child = this.children[index]
    assert.ok(child, `no child ${index}`)
    return child
  }

  tick(ms: number): void {
    this.#t.mock.timers.tick(ms)
  }

  async #ids(kind: IdRangeKind): Promise<IdRange> {
    this.asked.push(kind)
    if (!this.isIdDeskOpen) await new Promise(() => {})
    const first = (this.#last += 10)
    return { first, last: first + 9 }
  }
}

describe('a stand-in', () => {
  it('stands when all its workers are ready, each with ids of the supervisor', async (t) => {
    const stage = new Stage(t)
    let isStanding = false
    const standing = stage.standIn.stand().then(() => (isStanding = true))
    await settled()
    assert.deepEqual(stage.asked, ['block', 'reserve', 'block', 'reserve'])
    const boots = stage.children.map(({ sent }) => (sent[0]?.type === 'boot' ? sent[0].boot : undefined))
    assert.deepEqual(
      boots.map((boot) => [boot?.slot, boot?.generation, boot?.taskWorkers]),
      [
        [0, 7, 2],
        [1, 7, 2],
      ],
    )
    const firsts = boots.flatMap((boot) => [boot?.ids.block.first, boot?.ids.reserve.first])
    assert.equal(new Set(firsts).size, 4)
    stage.child(0).ready()
    await settled()
    assert.equal(isStanding, false)
    stage.child(1).ready()
    await standing
  })

  it('has nobody left when one does not boot, and says why', async (t) => {
    const stage = new Stage(t)
    const standing = stage.standIn.stand()
    await settled()
    stage.child(0).ready()
    stage.child(1).failsBoot(new Error('no app'))
    await assert.rejects(standing, {
      code: 'TSRV_BOOT_FAILED',
      message: /HTTP worker 1 could not start: no app/,
    })
    assert.deepEqual(stage.child(0).killed, ['SIGKILL'])
  })

  it('has nobody left when one takes too long', async (t) => {
    const stage = new Stage(t, 1)
    const standing = stage.standIn.stand()
    await settled()
    stage.tick(1000)
    await assert.rejects(standing, /was not ready within 1 s/)
  })

  it('puts another worker where one has died', async (t) => {
    const stage = new Stage(t, 1)
    const standing = stage.standIn.stand()
    await settled()
    stage.child(0).ready()
    await standing
    stage.child(0).exit(1)
    stage.tick(50)
    await settled()
    assert.equal(stage.children.length, 2)
    stage.child(1).exit(1)
    stage.tick(100)
    await settled()
    assert.equal(stage.children.length, 3)
  })

  it('passes on what its workers ask for, whenever the answer comes', async (t) => {
    const stage = new Stage(t, 1)
    const standing = stage.standIn.stand()
    await settled()
    stage.child(0).ready()
    await standing
    stage.child(0).says({ type: 'ids?', kind: 'reserve', request: 5 })
    await settled()
    const answer = stage.child(0).sent.at(-1)
    assert.ok(answer?.type === 'ids' && answer.request === 5)
    stage.isIdDeskOpen = false
    stage.child(0).says({ type: 'ids?', kind: 'block', request: 6 })
    await settled()
    assert.equal(stage.child(0).sent.at(-1), answer)
  })

  it('lets all its workers accept from the sockets that have no slot', async (t) => {
    const stage = new Stage(t)
    stage.orphans.push({ socket: { fd: 9, close() {} }, key: '2' })
    const standing = stage.standIn.stand()
    await settled()
    for (const child of stage.children) child.ready()
    await standing
    for (const child of stage.children) assert.equal(child.orders.filter((one) => one === 'adopt').length, 1)
  })

  it('drains its workers when it leaves, kills those that start, and starts nobody any more', async (t) => {
    const stage = new Stage(t)
    const standing = stage.standIn.stand()
    await settled()
    for (const child of stage.children) child.ready()
    await standing
    stage.child(1).exit(1)
    stage.tick(50)
    await settled()
    assert.equal(stage.children.length, 3)
    let hasLeft = false
    const left = stage.standIn
      .leave({ within: 3000, idleGrace: 400, isStop: true })
      .then(() => (hasLeft = true))
    await settled()
    assert.deepEqual(stage.child(0).sent.at(-1), {
      type: 'drain',
      within: 3000,
      idleGrace: 400,
      last: false,
      isStop: true,
    })
    assert.deepEqual(stage.child(2).killed, ['SIGKILL'])
    assert.equal(hasLeft, false)
    stage.child(0).exit(0)
    await left
    stage.tick(10_000)
    await settled()
    assert.equal(stage.children.length, 3)
  })
})
