/** HTTP workers that have worked enough are replaced, one at a time, and nobody notices. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { until } from '../until.ts'
import { Load } from './load.ts'
import { tsrv } from './project.ts'
import { type LogRecord, ServerUnderTest } from './server-under-test.ts'

const isRecycling = (record: LogRecord): boolean => record['event'] === 'recycling'

async function recycled(server: ServerUnderTest, times: number): Promise<void> {
  await until(async () => {
    const { workers } = await server.status()
    return workers.reduce((sum, { recycles }) => sum + recycles, 0) >= times
  }, `${times} recycled workers`)
}

describe('an HTTP worker that has worked enough', () => {
  it('is replaced without a failed request (keep-alive and connection per request)', async () => {
    await using server = await ServerUnderTest.start('plain-app', { args: ['-o', 'http.maxRequests=50'] })
    await using load = new Load(server, { kept: 3, fresh: 3 })
    await recycled(server, 4)
    await load.goesOn(30)
    await load.end()
    assert.deepEqual(load.failures, [])
    const records = server.logs.filter(isRecycling)
    assert.match(String(records[0]?.['reason']), /^it has served \d+ requests \(http\.maxRequests\)$/)
    assert.equal(records[0]?.level, 'info')
    const { workers, state } = await server.status()
    assert.equal(state, 'ready')
    assert.ok(
      workers.every(({ restarts }) => restarts === 0),
      'that is no death',
    )
    assert.match((await tsrv(server.dir, ['status'])).stdout, /0 \(\d+ recycled\)/)
    assert.equal((await server.stop()).code, 0)
  })

  it('leaves the place to a successor that is ready, one worker at a time', async () => {
    await using server = await ServerUnderTest.start('plain-app', {
      args: ['-w', '3', '-o', 'http.maxAge=1s', '-o', 'log.level=debug'],
    })
    let most = 0
    let least = Infinity
    const looks = async (): Promise<boolean> => {
      const { workers } = await server.status()
      const ready = workers.filter(({ state }) => state === 'ready').length
      most = Math.max(most, workers.filter(({ state }) => state === 'starting').length)
      least = Math.min(least, ready)
      return most > 0 && workers.every(({ recycles }) => recycles > 0)
    }
    await until(looks, 'a successor for each')
    assert.deepEqual([most, least], [1, 3])
    assert.equal((await server.stop()).code, 0)
  })

  it('is one that has grown too large', async () => {
    await using server = await ServerUnderTest.start('plain-app', {
      args: ['-w', '1', '-o', 'http.maxMemory=300mb'],
      files: {
        'app.js': `const kept = []
export default (request) => {
  if (request.url.endsWith('/grow')) kept.push(Buffer.alloc(300 * 1024 ** 2, 1))
  return Response.json(process.pid)
}`,
      },
    })
    const pid = await server.pidOf('http')
    assert.equal((await server.request('/grow')).text, String(pid))
    const { reason } = await server.log(isRecycling, 'the record')
    assert.match(String(reason), /^it uses \d+ MB of memory \(http\.maxMemory\)$/)
    await until(async () => (await server.request('/')).text !== String(pid), 'the successor')
    const { workers } = await server.status()
    assert.ok((workers.at(-1)?.memory ?? Infinity) < 300 * 1024 ** 2)
  })
})
