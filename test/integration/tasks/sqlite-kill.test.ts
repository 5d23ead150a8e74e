/** SIGKILL of the process that owns a store, in the middle of its work (C1, R28). */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { until } from '../../until.ts'
import { assertWhole, newPlace, type Place } from './sqlite-place.ts'
import { startOwner } from './sqlite-owner.ts'
import { assertKept, Steps } from './sqlite-steps.ts'

const KILLS = 4

describe('a task store whose owner is killed', () => {
  it('has every task that was acknowledged, in the state that was acknowledged', async () => {
    const place = newPlace()
    const seen = new Steps()
    for (let kill = 0; kill < KILLS; kill++) {
      const { told, errors } = await liveUntilKilled(place, kill * 1_000_000 + 1)
      assert.equal(errors, '', 'nothing is printed by SQLite or Node')
      seen.add(told)
      await assertKept(place, seen)
      assertWhole(place)
    }
    assert.ok(seen.ids('E').size > 100, `${seen.ids('E').size} tasks were acknowledged`)
    assert.ok(seen.ids('F').size > 10)
  })
})

async function liveUntilKilled(place: Place, first: number): Promise<{ told: string; errors: string }> {
  const owner = startOwner(place, [String(first)])
  const end = once(owner.process, 'close')
  await until(
    () => /^F \d/m.test(owner.told()) || owner.process.exitCode !== null,
    'the first report that is received',
    owner.errors,
  )
  await sleep(Math.random() * 200)
  owner.process.kill('SIGKILL')
  await end
  return { told: owner.told(), errors: owner.errors() }
}
