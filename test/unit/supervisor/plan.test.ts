import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { type Pause, placesOf, plan, type Seen, type Wanted } from '../../../src/supervisor/plan.ts'
import type { ChildState } from '../../../src/supervisor/state.ts'

const wanted: Wanted = { httpWorkers: 2, taskServer: true, generation: 2 }
const http = (slot: number, state: ChildState, generation = 2): Seen => ({
  role: 'http-worker',
  slot,
  generation,
  state,
})
const tasks = (state: ChildState, generation = 2): Seen => ({
  role: 'task-server',
  slot: 0,
  generation,
  state,
})
const full = [http(0, 'ready'), http(1, 'ready'), tasks('ready')]

describe('plan', () => {
  it('fills every empty place, HTTP workers first', () => {
    assert.deepEqual(plan(wanted, [], [], 0), [
      { do: 'spawn', role: 'http-worker', slot: 0 },
      { do: 'spawn', role: 'http-worker', slot: 1 },
      { do: 'spawn', role: 'task-server', slot: 0 },
    ])
  })

  it('does nothing when all is as wanted', () => {
    assert.deepEqual(plan(wanted, full, [], 0), [])
  })

  it('waits for a child that is starting', () => {
    assert.deepEqual(plan(wanted, [http(0, 'starting'), http(1, 'ready'), tasks('starting')], [], 0), [])
  })

  it('puts nobody in a place whose child is being killed, until it is gone', () => {
    assert.deepEqual(plan(wanted, [http(0, 'ready'), http(1, 'ready'), tasks('stopping')], [], 0), [])
  })

  it('fills the place of a child that drains', () => {
    const seen = [http(0, 'draining'), http(1, 'ready'), tasks('ready')]
    assert.deepEqual(plan(wanted, seen, [], 0), [{ do: 'spawn', role: 'http-worker', slot: 0 }])
  })

  it('leaves a place empty until its pause is over', () => {
    const seen = [http(0, 'ready'), tasks('ready')]
    const pauses: Pause[] = [{ role: 'http-worker', slot: 1, until: 100 }]
    assert.deepEqual(plan(wanted, seen, pauses, 99), [])
    assert.deepEqual(plan(wanted, seen, pauses, 100), [{ do: 'spawn', role: 'http-worker', slot: 1 }])
  })

  it('keeps an old child while its successor starts', () => {
    assert.deepEqual(plan(wanted, [...full.slice(1), http(0, 'ready', 1), http(0, 'starting')], [], 0), [])
  })

  it('puts a successor beside a child that wants to go, and drains that one when it is ready', () => {
    const retiring = { ...http(0, 'ready'), isRetiring: true }
    const others = [http(1, 'ready'), tasks('ready')]
    assert.deepEqual(plan(wanted, [retiring, ...others], [], 0), [
      { do: 'spawn', role: 'http-worker', slot: 0 },
    ])
    assert.deepEqual(plan(wanted, [retiring, http(0, 'starting'), ...others], [], 0), [])
    assert.deepEqual(plan(wanted, [retiring, http(0, 'ready'), ...others], [], 0), [
      { do: 'drain', child: retiring },
    ])
  })

  it('replaces those that want to go one at a time', () => {
    const retiring = [0, 1].map((slot) => ({ ...http(slot, 'ready'), isRetiring: true }))
    assert.deepEqual(plan(wanted, [...retiring, tasks('ready')], [], 0), [
      { do: 'spawn', role: 'http-worker', slot: 0 },
    ])
    assert.deepEqual(plan(wanted, [...retiring, http(0, 'starting'), tasks('ready')], [], 0), [])
  })

  it('keeps a child that wants to go for as long as its place has to wait', () => {
    const retiring = { ...http(0, 'ready'), isRetiring: true }
    const pauses: Pause[] = [{ role: 'http-worker', slot: 0, until: 100 }]
    assert.deepEqual(plan(wanted, [retiring, http(1, 'ready'), tasks('ready')], pauses, 99), [])
  })

  it('drains an old child once its successor is ready', () => {
    const old = http(0, 'ready', 1)
    assert.deepEqual(plan(wanted, [old, ...full], [], 0), [{ do: 'drain', child: old }])
  })

  it('drains what is in a place that is no longer wanted', () => {
    const surplus = http(2, 'ready')
    assert.deepEqual(plan(wanted, [...full, surplus], [], 0), [{ do: 'drain', child: surplus }])
    assert.deepEqual(plan({ ...wanted, taskServer: false }, full, [], 0), [
      { do: 'drain', child: tasks('ready') },
    ])
  })
})

const arbitraryWanted = fc.record({
  httpWorkers: fc.integer({ min: 0, max: 4 }),
  taskServer: fc.boolean(),
  generation: fc.integer({ min: 1, max: 3 }),
  isHasty: fc.boolean(),
})
const arbitraryState = fc.constantFrom<ChildState>('starting', 'ready', 'draining', 'stopping')
const arbitrarySeen = fc.array(
  fc.oneof(
    fc.record({
      role: fc.constant('http-worker' as const),
      slot: fc.integer({ min: 0, max: 5 }),
      generation: fc.integer({ min: 1, max: 3 }),
      state: arbitraryState,
    }),
    fc.record({
      role: fc.constant('task-server' as const),
      slot: fc.constant(0),
      generation: fc.integer({ min: 1, max: 3 }),
      state: arbitraryState,
    }),
  ),
  { maxLength: 12 },
)

interface Child extends Seen {
  state: ChildState
}

describe('a new generation', () => {
  it('boots its workers one at a time, beside those that serve', () => {
    const serving = [http(0, 'ready', 1), http(1, 'ready', 1), tasks('ready', 1)]
    assert.deepEqual(plan(wanted, serving, [], 0), [{ do: 'spawn', role: 'http-worker', slot: 0 }])
    assert.deepEqual(plan(wanted, [...serving, http(0, 'starting')], [], 0), [])
  })

  it('that somebody waits for boots all workers together once one has shown that it boots', () => {
    const hasty = { ...wanted, httpWorkers: 4, isHasty: true }
    const slots = (seen: readonly Seen[]): (number | false)[] =>
      plan(hasty, seen, [], 0).map((action) => action.do === 'spawn' && action.slot)
    const serving = [0, 1, 2, 3].map((slot) => http(slot, 'ready', 1))
    assert.deepEqual(slots([...serving, tasks('ready', 1)]), [0])
    assert.deepEqual(slots([...serving, tasks('ready', 1), http(0, 'starting')]), [])
    assert.deepEqual(slots([...serving.slice(1), tasks('ready', 1), http(0, 'ready')]), [1, 2, 3])
  })

  it('does not wait to fill places that nobody serves', () => {
    const actions = plan({ ...wanted, httpWorkers: 4 }, [http(0, 'ready', 1), tasks('ready', 1)], [], 0)
    assert.deepEqual(
      actions.map((action) => action.do === 'spawn' && action.slot),
      [0, 1, 2, 3],
    )
  })

  it('leaves the task server to replace its own threads', () => {
    assert.deepEqual(plan({ ...wanted, httpWorkers: 0 }, [tasks('ready', 1)], [], 0), [])
  })

  it('that was given up leaves the workers that have it in place', () => {
    assert.deepEqual(
      plan(
        { ...wanted, generation: 1 },
        [http(0, 'ready', 2), http(1, 'ready', 1), tasks('ready', 1)],
        [],
        0,
      ),
      [],
    )
  })
})

describe('carrying out the plan again and again', () => {
  it('ends with exactly the wanted children, whatever was there', () => {
    fc.assert(
      fc.property(arbitraryWanted, arbitrarySeen, (target, start) => {
        let seen: Child[] = start.map((child) => ({ ...child }))
        for (let round = 0; round < 20; round += 1) {
          seen = settle(carryOut(target, seen, []))
        }
        assert.deepEqual(plan(target, seen, [], 0), [])
        const places = seen.map(({ role, slot }) => `${role} ${slot}`).sort()
        assert.deepEqual(
          places,
          placesOf(target)
            .map(({ role, slot }) => `${role} ${slot}`)
            .sort(),
        )
        assert.ok(seen.every((child) => child.state === 'ready' && hasNewCode(child, target)))
      }),
    )
  })

  it('never puts two children of one generation in a place, never empties one that serves, respects pauses', () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('plan' as const) }),
      fc.record({ do: fc.constant('want' as const), wanted: arbitraryWanted }),
      fc.record({
        do: fc.constantFrom('ready' as const, 'die' as const, 'kill' as const),
        child: fc.nat(20),
        pause: fc.boolean(),
      }),
      fc.record({ do: fc.constant('time' as const), ms: fc.integer({ min: 1, max: 100 }) }),
    )
    fc.assert(
      fc.property(arbitraryWanted, fc.array(step, { maxLength: 60 }), (first, steps) => {
        let [target, now]: [Wanted, number] = [first, 0]
        let seen: Child[] = []
        let pauses: Pause[] = []
        for (const action of steps) {
          const child = 'child' in action ? seen[action.child % (seen.length || 1)] : undefined
          if (action.do === 'time') now += action.ms
          if (action.do === 'want') target = { ...action.wanted, generation: target.generation + 1 }
          if (action.do === 'plan') seen = carryOut(target, seen, pauses, now)
          if (action.do === 'ready' && child?.state === 'starting') child.state = 'ready'
          if (action.do === 'kill' && child !== undefined) child.state = 'stopping'
          if (action.do === 'die' && child !== undefined) {
            seen = seen.filter((one) => one !== child)
            if ('pause' in action && action.pause) pauses = [...pauses, { ...child, until: now + 50 }]
          }
        }
      }),
    )
  })
})

/** A reload that was given up wants less than some workers have; the task server replaces its threads itself. */
function hasNewCode(child: Seen, target: Wanted): boolean {
  return child.role === 'task-server' || child.generation >= target.generation
}

/** Does what the plan says, and checks each step against the promises. */
function carryOut(target: Wanted, before: Child[], pauses: readonly Pause[], now = 0): Child[] {
  const seen = [...before]
  for (const action of plan(target, before, pauses, now)) {
    if (action.do === 'spawn') {
      const { role, slot } = action
      const here = seen.filter((child) => child.role === role && child.slot === slot)
      const twin = here.find((child) => child.generation === target.generation && child.state !== 'draining')
      assert.equal(twin, undefined, 'two children of one generation in one place')
      const isPaused = pauses.some((pause) => pause.role === role && pause.slot === slot && pause.until > now)
      assert.equal(isPaused, false, 'a pause was cut short')
      seen.push({ role, slot, generation: target.generation, state: 'starting' })
    } else {
      const { child } = action
      assert.equal(child.state, 'ready', 'only a ready child can drain')
      const isWanted = placesOf(target).some(({ role, slot }) => role === child.role && slot === child.slot)
      const successor = before.find(
        (one) =>
          one !== child &&
          one.role === child.role &&
          one.slot === child.slot &&
          hasNewCode(one, target) &&
          one.state === 'ready',
      )
      assert.ok(!isWanted || successor !== undefined, 'drained without a successor')
      child.state = 'draining'
    }
  }
  return seen
}

/** All that starts becomes ready, all that leaves is gone. */
function settle(seen: Child[]): Child[] {
  return seen
    .filter(({ state }) => state === 'starting' || state === 'ready')
    .map((child) => ({ ...child, state: 'ready' }))
}
