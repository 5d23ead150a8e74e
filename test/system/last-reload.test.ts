/** What the status says of the latest reload, whoever asked for it. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import type { LastReload } from '../../src/control/protocol.ts'
import { until } from '../until.ts'
import { tsrv } from './project.ts'
import { ServerUnderTest } from './server-under-test.ts'

async function last(server: ServerUnderTest): Promise<Partial<LastReload>> {
  const { stdout } = await tsrv(server.dir, ['status', '--json'])
  return (JSON.parse(stdout) as { lastReload?: LastReload }).lastReload ?? {}
}

describe('the last reload in the status', () => {
  it('is there from the first one on: by what, when, how long, with which result', async () => {
    await using server = await ServerUnderTest.start('plain-app', { args: ['-w', '1'] })
    assert.deepEqual(await last(server), {})
    const before = Date.now()
    assert.equal((await tsrv(server.dir, ['reload'])).code, 0)
    const { at = '', durationMs = -1, ...rest } = await last(server)
    assert.deepEqual(rest, { by: 'tsrv reload', result: 'done', generation: 2 })
    assert.ok(Date.parse(at) >= before && Date.parse(at) + durationMs <= Date.now() + 1)
    assert.match(
      (await tsrv(server.dir, ['status'])).stdout,
      /^ {2}last reload .* by tsrv reload, took .*s$/m,
    )
  })

  it('has the reason of its failure, until the next one succeeds', async () => {
    await using server = await ServerUnderTest.start('tasks-app', { args: ['-w', '1', '-t', '1'] })
    const config = path.join(server.dir, 'tsrv.config.json')
    const outcomeOf = async (
      signal: 'SIGHUP' | 'SIGUSR2',
      generation?: number,
    ): Promise<Partial<LastReload>> => {
      const before = (await last(server)).at
      server.kill(signal)
      await until(async () => {
        const { at, result } = await last(server)
        return at !== before && result !== 'running'
      }, `the reload by ${signal} of generation ${generation}`)
      return last(server)
    }
    writeFileSync(config, '{ "wokers": 2 }')
    const failed = await outcomeOf('SIGHUP')
    assert.deepEqual([failed.by, failed.result], ['SIGHUP', 'failed'])
    assert.match(failed.reason ?? '', /tsrv\.config\.json:1 +wokers.*did you mean "workers"/)
    assert.match((await tsrv(server.dir, ['status'])).stdout, /⚠ last reload failed, .* by SIGHUP: .*wokers/)
    assert.equal((await server.status()).state, 'ready', 'the old code serves as before')

    writeFileSync(config, '{ "workers": 1, "taskWorkers": 1, "listeners": { "TaskEvent": "./run.js" } }')
    const { by, only, result, reason } = await outcomeOf('SIGUSR2')
    assert.deepEqual([by, only, result, reason], ['SIGUSR2', 'tasks', 'done', undefined])
  })
})
