/**
 * What every Broker must do, wherever it keeps the tasks. The rules are plain functions that reject, so that
 * `broken-brokers.test.ts` can show that each of them can fail.
 */
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import type { Broker } from '../../src/tasks/broker.ts'
import { CLAIMS } from './broker/claims.ts'
import { DURABLE } from './broker/durable.ts'
import { ENDS } from './broker/ends.ts'
import { INTAKE } from './broker/intake.ts'
import { play, STEPS } from './broker/play.ts'
import { QUEUES } from './broker/queues.ts'
import { FakeClock, type OpenBroker, type ReopenBroker, type Rule } from './broker/stage.ts'
import { WALL_CLOCK } from './broker/wall-clock.ts'

export const RULES: readonly Rule[] = [...INTAKE, ...CLAIMS, ...ENDS, ...QUEUES]

const RUNS = 250

/**
 * @param open makes an empty broker on the clock given
 * @param reopen for durable brokers: ends one as a crash would, and opens the same store for a new owner
 */
export function brokerContract(name: string, open: OpenBroker, reopen?: ReopenBroker): void {
  describe(`the ${name} broker`, () => {
    for (const { rule, holds } of RULES) {
      it(rule, async () => {
        await onStage(open, (broker, clock) => holds({ broker, clock }))
      })
    }

    for (const { rule, holds } of WALL_CLOCK) {
      it(rule, () => withBroker(open, Date.now, holds))
    }

    it('answers any calls as a plain list would', () =>
      fc.assert(
        fc.asyncProperty(STEPS, (steps) => onStage(open, (broker, clock) => play(broker, clock, steps))),
        { numRuns: RUNS },
      ))

    if (reopen !== undefined) {
      for (const { rule, holds } of DURABLE) {
        it(rule, () => overOwners(open, reopen, holds))
      }
    }
  })
}

/** Plays a rule on a broker with a clock of its own. */
export async function onStage(
  open: OpenBroker,
  rule: (broker: Broker, clock: FakeClock) => Promise<void>,
): Promise<void> {
  const clock = new FakeClock()
  await withBroker(open, clock.now, (broker) => rule(broker, clock))
}

export async function withBroker(
  open: OpenBroker,
  now: () => number,
  use: (broker: Broker) => Promise<void>,
): Promise<void> {
  const broker = await open({ now })
  try {
    await broker.initialise()
    await use(broker)
  } finally {
    await broker.close()
  }
}

/** Plays a rule on a store that changes its owner. */
export async function overOwners(
  open: OpenBroker,
  reopen: ReopenBroker,
  holds: (typeof DURABLE)[number]['holds'],
): Promise<void> {
  const clock = new FakeClock()
  let broker = await open({ now: clock.now })
  const next = async (): Promise<Broker> => {
    broker = await reopen(broker, { now: clock.now })
    await broker.initialise()
    return broker
  }
  try {
    await broker.initialise()
    await holds({ broker, clock, reopen: next })
  } finally {
    await broker.close()
  }
}
