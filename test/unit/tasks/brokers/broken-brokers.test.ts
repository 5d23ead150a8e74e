import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import type { Broker } from '../../../../src/tasks/broker.ts'
import { MemoryBroker } from '../../../../src/tasks/brokers/memory.ts'
import { tryToBreak } from '../../../contract/breakable.ts'
import { onStage, overOwners, RULES, withBroker } from '../../../contract/broker.ts'
import { DURABLE } from '../../../contract/broker/durable.ts'
import { play, STEPS } from '../../../contract/broker/play.ts'
import { newTask } from '../../../contract/broker/stage.ts'
import { WALL_CLOCK } from '../../../contract/broker/wall-clock.ts'
import { BROKEN_BROKERS, replaced } from './broken-brokers.ts'

/** Faults that random calls come across. */
const BY_CHANCE = [
  'settles for whoever asks',
  'has no keys',
  'ignores keyUntil',
  'ignores priorities',
  'gives one task more than wanted',
  'does not count crashes',
  'never takes a claim away',
  'takes claims made ahead for ones that run',
  'counts delayed suspects',
]

describe('the broker contract', () => {
  it('notices every broken broker, and has no rule that none of them breaks', async () => {
    const breakages = await tryToBreak(BROKEN_BROKERS, RULES, (open, { holds }) =>
      onStage(open, (broker, clock) => holds({ broker, clock })),
    )
    assert.deepEqual(breakages, { unnoticed: [], unbroken: [] })
  })

  for (const { fault, open } of BROKEN_BROKERS.filter(({ fault }) => BY_CHANCE.includes(fault))) {
    it(`notices by random calls a broker that ${fault}`, async () => {
      const { failed } = await fc.check(
        fc.asyncProperty(STEPS, (steps) => onStage(open, (broker, clock) => play(broker, clock, steps))),
        { numRuns: 250, endOnFailure: true },
      )
      assert.ok(failed)
    })
  }

  for (const { rule, holds } of DURABLE) {
    it(`notices a broker that does not survive: ${rule}`, async () => {
      const open = async (): Promise<Broker> => new MemoryBroker()
      await assert.rejects(overOwners(open, open, holds), { code: 'ERR_ASSERTION' })
    })
  }

  for (const { rule, holds } of WALL_CLOCK) {
    it(`notices a broker that is too early: ${rule}`, async () => {
      const open = async (): Promise<Broker> => tooEarly(new MemoryBroker())
      await assert.rejects(withBroker(open, Date.now, holds), { code: 'ERR_ASSERTION' })
    })
  }
})

const EARLY = 15

function tooEarly(right: Broker): Broker {
  return replaced(right, {
    enqueue: (tasks) =>
      right.enqueue(tasks.map(({ task }) => newTask(task.id, { ...task, runAt: task.runAt - EARLY }))),
    claim: async (wanted) =>
      (await right.claim(wanted)).map((one) => ({
        ...one,
        task: { ...one.task, runAt: one.task.runAt + EARLY },
      })),
    pause: async () => {},
  })
}
