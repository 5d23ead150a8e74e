/** R33: the time of day may be set while the server runs; what lasts is measured by another clock. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Supervised } from './supervised.ts'

describe('R33: when the time of day is set', () => {
  it('the uptime of a process shows what has passed', async (t) => {
    let passed = 70
    const server = await Supervised.ready(t, { now: () => passed })
    t.mock.timers.setTime(86_400_000)
    passed += 1500.4
    assert.deepEqual(
      (await server.supervisor.status()).workers.map(({ uptimeMs }) => uptimeMs),
      [1500, 1500],
    )
  })

  it('nobody is put into a place before its pause is over', async (t) => {
    let passed = 0
    const server = await Supervised.ready(t, { now: () => passed, processes: { maxRestarts: 10 } })
    server.http(1).exit(1)
    server.http(1).exit(1)
    t.mock.timers.setTime(86_400_000)
    passed += 99
    // Somebody else's death has the supervisor look again.
    server.http(0).exit(1)
    assert.equal(server.count(1), 2)
  })
})
