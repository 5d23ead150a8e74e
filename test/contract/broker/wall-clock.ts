/** Rules that need the real clock: wakes. Played on a broker that was opened with `Date.now`. */
import assert from 'node:assert/strict'
import type { Broker } from '../../../src/tasks/broker.ts'
import { until } from '../../until.ts'
import { claim, claimedIds, newTask } from './stage.ts'

export interface WallClockRule {
  readonly rule: string
  readonly holds: (broker: Broker) => Promise<void>
}

const DELAYS = [120, 20, 60, 90, 40]
const LATEST = 250

export const WALL_CLOCK: readonly WallClockRule[] = [
  {
    rule: 'wakes its claimant when a delay is over, never early and mostly soon',
    async holds(broker) {
      const late: number[] = []
      const claimDue = async (): Promise<void> => {
        for (const { task } of await claim(broker, 10)) late.push(Date.now() - task.runAt)
      }
      broker.onAvailable(() => void claimDue())
      const createdAt = Date.now()
      await broker.enqueue(
        DELAYS.map((delay, index) => newTask(index + 1, { createdAt, runAt: createdAt + delay })),
      )
      await until(
        () => late.length === DELAYS.length,
        'the delayed tasks',
        () => late.join(),
      )
      assert.ok(
        late.every((ms) => ms >= 0),
        `early: ${late.join()}`,
      )
      // One hiccup of the machine may hold up any of them, not the most.
      const [, , median = Infinity] = late.sort((one, other) => one - other)
      assert.ok(median <= LATEST, `late: ${late.join()}`)
    },
  },
  {
    rule: 'wakes its claimant when a pause is over',
    async holds(broker) {
      const given: number[] = []
      const claimDue = async (): Promise<void> => {
        given.push(...(await claimedIds(broker)))
      }
      broker.onAvailable(() => void claimDue())
      await broker.pause('default', Date.now() + 40)
      await broker.enqueue([newTask(1, { runAt: Date.now() })])
      assert.deepEqual(await claimedIds(broker), [])
      await until(() => given.length > 0, 'the task after the pause')
      assert.deepEqual(given, [1])
    },
  },
]
