/** Random calls, made of a broker and of its model: both must answer alike. */
import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import type { Broker, Claim, Release } from '../../../src/tasks/broker.ts'
import { BrokerModel, type ModelClaim, seenOf } from './model.ts'
import { CANCELLED, claim, ended, type FakeClock, newTask, START } from './stage.ts'

/** Short, so that leases do run out in play. */
const LEASE = 100

const id = fc.integer({ min: 1, max: 8 })
const at = fc.integer({ min: -50, max: 250 })
const end = fc.constantFrom('completed', 'failed', 'cancelled').map((state) => ended(state as 'completed'))

const fresh = fc.record({
  id,
  priority: fc.integer({ min: 0, max: 2 }),
  runAt: fc.oneof(fc.constant(0), at),
  key: fc.option(fc.constantFrom('a', 'b'), { nil: undefined, freq: 2 }),
  keyUntil: fc.option(fc.constantFrom(150, 400), { nil: undefined }),
  suspect: fc.boolean(),
})

const release = fc.record(
  { runAt: at, refund: fc.constant(true), crashed: fc.constant(true) },
  { requiredKeys: [] },
)

/** `which` chooses among all claims ever given, newest first: most of them have been overtaken. */
const which = fc.nat(6)

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('enqueue' as const), tasks: fc.array(fresh, { maxLength: 4 }) }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('claim' as const),
      max: fc.integer({ min: 0, max: 3 }),
      startNow: fc.nat(2),
      suspects: fc.boolean(),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('begin' as const), which }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('settle' as const), which, end }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('release' as const), which, how: release }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('renew' as const), which }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('cancel' as const), id }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('forget' as const), ids: fc.array(id, { maxLength: 4 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 120 }) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('reap', 'pause', 'resume', 'redrive') }) },
)

type Step = typeof step extends fc.Arbitrary<infer S> ? S : never

export const STEPS = fc.array(step, { maxLength: 80, size: 'max' })

/** Rejects at the first answer that differs. */
export async function play(broker: Broker, clock: FakeClock, steps: readonly Step[]): Promise<void> {
  const model = new BrokerModel(clock.now)
  const claims: { real: Claim; model: ModelClaim }[] = []
  for (const step of steps) {
    await take(step, broker, model, clock, claims)
    assert.deepEqual({ ...(await broker.counts('default')) }, model.counts())
    assert.deepEqual(
      (await broker.undelivered(0, 100)).map(({ id }) => id),
      model.undelivered(),
    )
  }
}

async function take(
  step: Step,
  broker: Broker,
  model: BrokerModel,
  clock: FakeClock,
  claims: { real: Claim; model: ModelClaim }[],
): Promise<void> {
  const given = (real: readonly Claim[], expected: readonly ModelClaim[]): void => {
    assert.deepEqual(
      real.map(seenOf),
      expected.map(({ claims: _claims, ...seen }) => seen),
    )
    for (const [index, one] of real.entries()) {
      const before = claims.findLast(({ real }) => real.task.id === one.task.id)
      assert.ok(one.fence > (before?.real.fence ?? 0), 'the fence did not grow')
      claims.push({ real: one, model: expected[index] as ModelClaim })
    }
  }
  const chosen = 'which' in step ? claims.at(-1 - step.which) : undefined
  switch (step.do) {
    case 'enqueue': {
      const tasks = step.tasks.map(({ suspect, runAt, key, keyUntil, ...fields }) =>
        newTask(fields.id, {
          ...fields,
          runAt: clock.time + runAt,
          ...(key !== undefined && { key, ...(keyUntil !== undefined && { keyUntil: START + keyUntil }) }),
          ...(suspect && { attempt: 1, crashes: 1 }),
        }),
      )
      const expected = tasks.map((task) => model.enqueue(task))
      return assert.deepEqual(await broker.enqueue(tasks), expected)
    }
    case 'claim': {
      const { max, startNow, suspects } = step
      const claims = await claim(broker, max, { startNow, suspects, leaseMs: LEASE })
      return given(claims, model.claim(max, startNow, suspects, LEASE))
    }
    case 'begin':
      if (chosen === undefined) return
      model.begin(chosen.model)
      return broker.begin([chosen.real])
    case 'settle':
      if (chosen === undefined) return
      return assert.equal(await broker.settle(chosen.real, step.end), model.settle(chosen.model, step.end))
    case 'release': {
      if (chosen === undefined) return
      const { runAt, ...rest } = step.how
      const how: Release = runAt === undefined ? rest : { ...rest, runAt: clock.time + runAt }
      return assert.equal(await broker.release(chosen.real, how), model.release(chosen.model, how))
    }
    case 'renew': {
      if (chosen === undefined) return
      const lost = await broker.renew([chosen.real], LEASE)
      return assert.equal(lost.length === 0, model.renew(chosen.model, LEASE))
    }
    case 'cancel':
      return assert.equal((await broker.cancel(step.id, CANCELLED)).state, model.cancel(step.id, CANCELLED))
    case 'forget':
      for (const id of step.ids) model.forget(id)
      return broker.forget(step.ids)
    case 'wait':
      return clock.advance(step.ms)
    case 'reap': {
      const byId = (one: { real: Claim }, other: { real: Claim }): number =>
        one.real.task.id - other.real.task.id
      const reaped = (await broker.reapExpired()).map((real) => ({ real })).sort(byId)
      const expected = model.reap(LEASE).sort((one, other) => one.id - other.id)
      return given(
        reaped.map(({ real }) => real),
        expected,
      )
    }
    case 'pause':
      model.isPaused = true
      return broker.pause('default')
    case 'resume':
      model.isPaused = false
      return broker.resume('default')
    case 'redrive':
      return assert.equal(await broker.redrive('default'), model.redrive())
    default:
      return step satisfies never
  }
}
