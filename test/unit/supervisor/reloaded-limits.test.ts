/** Limits of boots and deaths are settings like others: a reload brings new ones. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { settled, Supervised } from './supervised.ts'

it('a child that dies is judged by the limits that the latest reload has brought, as is a boot during it', async (t) => {
  const server = await Supervised.ready(t, { workers: 1 })
  const processes = { ...server.config.processes, bootTimeout: 300, maxRestarts: 0 }
  const reload = (generation: number): Promise<unknown> => {
    const config = { ...server.config, processes }
    return server.supervisor.reload({ config, workers: 1, taskWorkers: 0, env: {}, generation })
  }
  const refused = assert.rejects(reload(2), /not ready within 0\.3 s/)
  await settled()
  server.tick(300)
  await refused
  const done = reload(3)
  await settled()
  server.http(0).ready()
  await done
  server.http(0).exit(1)
  assert.equal((await server.status()).state, 'unhealthy')
})
