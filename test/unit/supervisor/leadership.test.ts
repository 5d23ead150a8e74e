import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import * as fc from 'fast-check'
import { Leadership } from '../../../src/supervisor/leadership.ts'
import { WorkerHandle } from '../../../src/supervisor/worker-handle.ts'
import { FakeChild } from './fake-child.ts'

interface Member {
  readonly child: FakeChild
  readonly worker: WorkerHandle
}

function member(slot: number, isReady = true): Member {
  const child = new FakeChild()
  const place = { role: 'http-worker', slot, generation: 1 } as const
  const none = (): void => {}
  const worker = new WorkerHandle(child.process, place, () => 0, {
    onReady: none,
    onMessage: none,
    onExit: none,
  })
  if (isReady) child.ready()
  return { child, worker }
}

function leadership(t: TestContext, onLate: (leader: WorkerHandle) => void = () => {}): Leadership {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  return new Leadership({ within: () => 1000, onLate })
}

const death = { role: 'http', workerId: 1, pid: 7, exitCode: 1, signal: null } as const

describe('leadership', () => {
  it('goes to the ready worker of the lowest slot', (t) => {
    const [zero, one, two] = [member(0, false), member(1), member(2)]
    const lead = leadership(t)
    lead.grant([two.worker, one.worker, zero.worker])
    assert.equal(lead.leader, one.worker)
    assert.deepEqual(one.child.sent, [{ type: 'lead', first: true }])
    assert.deepEqual([zero.child.sent, two.child.sent], [[], []])
  })

  it('is not granted while nobody is ready', (t) => {
    const lead = leadership(t)
    lead.grant([member(0, false).worker])
    assert.deepEqual([lead.leader, lead.isConfirmed], [undefined, false])
  })

  it('stays where it is while its holder lives', (t) => {
    const [zero, one] = [member(0), member(1)]
    const lead = leadership(t)
    lead.grant([one.worker])
    lead.grant([zero.worker, one.worker])
    assert.equal(lead.leader, one.worker)
    assert.deepEqual(zero.child.sent, [])
  })

  it('calls the next one first again when the first did not get through its start listeners', (t) => {
    const [zero, one, two] = [member(0), member(1), member(2)]
    const lead = leadership(t)
    lead.grant([zero.worker])
    lead.release(zero.worker)
    lead.grant([one.worker])
    assert.deepEqual(one.child.sent, [{ type: 'lead', first: true }])
    lead.confirm(one.worker)
    lead.release(one.worker)
    assert.equal(lead.isConfirmed, false)
    lead.grant([two.worker])
    assert.deepEqual(two.child.sent, [{ type: 'lead', first: false }])
  })

  it('is confirmed by its holder alone', (t) => {
    const [zero, one] = [member(0), member(1)]
    const lead = leadership(t)
    lead.grant([zero.worker])
    lead.confirm(one.worker)
    assert.equal(lead.isConfirmed, false)
  })

  it('reports start listeners that do not end in time, once', (t) => {
    const zero = member(0)
    const late: WorkerHandle[] = []
    const lead = leadership(t, (leader) => late.push(leader))
    lead.grant([zero.worker])
    t.mock.timers.tick(999)
    assert.deepEqual(late, [])
    t.mock.timers.tick(5000)
    assert.deepEqual(late, [zero.worker])
  })

  it('reports nobody who has confirmed or left in time', (t) => {
    const [zero, one] = [member(0), member(1)]
    const lead = leadership(t, () => assert.fail('reported'))
    lead.grant([zero.worker])
    lead.release(zero.worker)
    lead.grant([one.worker])
    lead.confirm(one.worker)
    t.mock.timers.tick(5000)
  })

  it('keeps a death until somebody leads, also that of the leader itself', (t) => {
    const [zero, one] = [member(0), member(1)]
    const lead = leadership(t)
    lead.grant([zero.worker])
    lead.confirm(zero.worker)
    lead.release(zero.worker)
    lead.tell(death)
    lead.grant([one.worker])
    assert.deepEqual(one.child.orders, ['lead'])
    lead.confirm(one.worker)
    assert.deepEqual(one.child.sent[1], { type: 'worker-error', death })
    lead.tell(death)
    assert.deepEqual(one.child.orders, ['lead', 'worker-error', 'worker-error'])
  })

  it('never belongs to two, and only to workers that were ready', (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] })
    const step = fc.record({ do: fc.constantFrom('ready', 'leave', 'confirm', 'grant'), who: fc.nat(3) })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const lead = new Leadership({ within: () => 1000, onLate: () => {} })
        const members = [0, 1, 2, 3].map((slot) => member(slot, false))
        const gone = new Set<Member>()
        for (const { do: action, who } of steps) {
          const one = members[who]!
          if (action === 'ready') one.child.ready()
          if (action === 'confirm') lead.confirm(one.worker)
          if (action === 'grant') lead.grant(members.map(({ worker }) => worker))
          if (action === 'leave') {
            one.child.exit(0)
            lead.release(one.worker)
            gone.add(one)
          }
          const leaders = members.filter((each) => each.child.orders.includes('lead') && !gone.has(each))
          assert.ok(leaders.length <= 1, 'two leaders')
          assert.equal(leaders[0]?.worker, lead.leader)
          for (const { worker } of leaders) assert.equal(worker.state, 'ready')
        }
      }),
    )
  })
})
