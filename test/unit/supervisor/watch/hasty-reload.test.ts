import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Launch } from '../../../../src/supervisor/launch.ts'
import { settled, Supervised } from '../supervised.ts'

const next = ({ config }: Supervised, workers: number): Launch => ({
  config,
  workers,
  taskWorkers: 0,
  env: {},
  generation: 2,
})

describe('a reload in watch mode', () => {
  it('tries new code in one worker, then has it in all of them together', async (t) => {
    const server = await Supervised.ready(t, { workers: 4, watch: true })
    const reload = server.supervisor.reload(next(server, 4))
    await settled()
    assert.deepEqual(
      [0, 1, 2, 3].map((slot) => server.count(slot)),
      [2, 1, 1, 1],
    )
    server.http(0).ready()
    assert.deepEqual(
      [0, 1, 2, 3].map((slot) => server.count(slot)),
      [2, 2, 2, 2],
    )
    for (const slot of [1, 2, 3]) server.http(slot).ready()
    assert.equal((await reload).replaced.length, 4)
  })

  it('asks children which files they load', async (t) => {
    const server = await Supervised.ready(t, { workers: 1, watch: true })
    const [boot] = server.http(0).sent
    assert.ok(boot?.type === 'boot' && boot.boot.watch === true)
  })

  it('leaves the old workers little time, and closes their idle connections at once', async (t) => {
    const server = await Supervised.ready(t, { workers: 1, watch: true, processes: { maxWaitTime: 60_000 } })
    const old = server.http(0)
    void server.supervisor.reload(next(server, 1))
    await settled()
    server.http(0).ready()
    const terms = { within: 5000, idleGrace: 0, last: false, isStop: false }
    assert.deepEqual(old.sent.at(-1), { type: 'drain', ...terms })
  })

  it('does not wait for a place that stays empty because of what the old code did', async (t) => {
    const server = await Supervised.ready(t, { workers: 1, watch: true })
    for (let death = 0; death < 3; death += 1) {
      server.tick(1000)
      server.http(0).ready()
      server.http(0).exit(1)
    }
    server.tick(1000)
    assert.equal(await server.states(), 'http 0 waiting')
    const before = server.count(0)
    const reload = server.supervisor.reload(next(server, 1))
    await settled()
    assert.equal(server.count(0), before + 1)
    server.http(0).ready()
    await reload
    server.http(0).exit(1)
    await settled()
    assert.equal(server.count(0), before + 2, 'new code has a record of its own')
  })
})
