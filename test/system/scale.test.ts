/** `tsrv scale`: other numbers of workers while the server runs. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { until } from '../until.ts'
import { Load } from './load.ts'
import { tsrv } from './project.ts'
import { ServerUnderTest } from './server-under-test.ts'

async function counts(server: ServerUnderTest): Promise<[http: number, tasks: number | undefined]> {
  const { workers, tasks } = await server.status()
  return [
    workers.filter(({ role, state }) => role === 'http' && state === 'ready').length,
    tasks?.lanes.length,
  ]
}

describe('tsrv scale', () => {
  it('has the new HTTP workers ready when it ends, and drops no connection either way', async () => {
    await using server = await ServerUnderTest.start('plain-app')
    await using load = new Load(server, { kept: 2, fresh: 2 })
    const pids = (await server.status()).workers.map(({ pid }) => pid)
    const more = await tsrv(server.dir, ['scale', '4'])
    assert.deepEqual([more.code, more.stdout, more.stderr], [0, '  ✓ HTTP workers: 4 (before: 2)\n', ''])
    assert.deepEqual(await counts(server), [4, undefined])
    assert.deepEqual(
      (await server.status()).workers.slice(0, 2).map(({ pid }) => pid),
      pids,
      'the others go on',
    )
    await load.goesOn(40)
    const fewer = await tsrv(server.dir, ['scale', '-w', '1'])
    assert.equal(fewer.stdout, '  ✓ HTTP workers: 1 (before: 4)\n')
    await until(async () => (await server.status()).workers.length === 1, 'the others to leave')
    await load.goesOn(40)
    await load.end()
    assert.deepEqual(load.failures, [])
  })

  it('changes the task workers alone, whose tasks run on, and is kept by a reload', async () => {
    await using server = await ServerUnderTest.start('tasks-app')
    const pids = (await server.status()).workers.map(({ pid }) => pid)
    const [http, before = 0] = await counts(server)
    const answer = server.request('/wait?ms=1500')
    const { code, stdout } = await tsrv(server.dir, ['scale', '-t', String(before + 2)])
    assert.deepEqual(
      [code, stdout],
      [0, `  ✓ HTTP workers: ${http} (as before)\n  ✓ task workers: ${before + 2} (before: ${before})\n`],
    )
    assert.deepEqual(await counts(server), [http, before + 2])
    assert.deepEqual(
      (await server.status()).workers.map(({ pid }) => pid),
      pids,
      'no process was replaced',
    )
    assert.equal((await answer).status, 200)
    assert.equal((await tsrv(server.dir, ['reload'])).code, 0)
    assert.deepEqual(await counts(server), [http, before + 2])
    assert.equal((await tsrv(server.dir, ['scale', '-t', '1'])).code, 0)
    await until(async () => (await counts(server))[1] === 1, 'the others to leave')
    assert.equal((await server.request('/wait?n=1')).status, 200)
    assert.equal((await server.stop()).code, 0)
  })

  it('leaves the number when new workers do not boot, and says why', async () => {
    await using server = await ServerUnderTest.start('plain-app')
    writeFileSync(path.join(server.dir, 'app.js'), `throw new Error('half a deployment')`)
    const { code, stderr } = await tsrv(server.dir, ['scale', '3'])
    assert.equal(code, 1)
    assert.match(stderr, /^✖ The number of workers stays: HTTP worker 2: .*half a deployment/)
    assert.deepEqual(await counts(server), [2, undefined])
    const { state, workers } = await server.status()
    assert.deepEqual([state, workers.map(({ restarts }) => restarts)], ['ready', [0, 0]])
    for (let round = 0; round < 20; round++) assert.equal((await server.request('/')).status, 200)
  })

  it('refuses what cannot be', async () => {
    await using server = await ServerUnderTest.start('plain-app')
    for (const [args, says] of [
      [[], /^✖ A number is missing/],
      [
        ['0'],
        /^✖ Cannot take "0" for \[workers\]\. Expected an integer 1-1024 or "auto"\. `tsrv scale --help` shows what it takes\.\n$/,
      ],
      [['-w', 'many'], /^✖ Cannot take "many" for -w, --workers <n\|auto>\. Expected an integer 1-1024/],
      [['2', '-w', '3'], /2 or -w 3\?/],
      [['-t', '2'], /The number of workers stays: .*tsrv reload -t/],
    ] as const) {
      const { code, stderr } = await tsrv(server.dir, ['scale', ...args])
      assert.equal(code, 1)
      assert.match(stderr, says)
    }
    assert.deepEqual(await counts(server), [2, undefined])
    await server.stop()
    const gone = await tsrv(server.dir, ['scale', '2'])
    assert.deepEqual([gone.code, gone.stderr], [1, '✖ Server is not running\n'])
  })
})
