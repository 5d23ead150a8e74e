/** The programs in docs/migrating/php-task-manager.md run, and each of its examples does what the text says. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { symlinkSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { projectOf, ROOT, temporary } from './document-blocks.ts'
import { ServerUnderTest } from './system/server-under-test.ts'

const DOCUMENT = 'docs/migrating/php-task-manager.md'

describe(`the programs in ${DOCUMENT}`, () => {
  it('S5, S6, S27: a task manager tells of success, failure, progress and cancellation', () => {
    using folder = temporary()
    projectOf(DOCUMENT, folder.dir)
    symlinkSync(path.join(ROOT, 'node_modules'), path.join(folder.dir, 'node_modules'))
    const resolver = path.join(ROOT, 'src/entry/self-resolver.ts')
    const { stdout, stderr, status } = spawnSync(process.execPath, ['--import', resolver, 'main.ts'], {
      cwd: folder.dir,
      encoding: 'utf8',
      timeout: 60_000,
    })
    assert.equal(status, 0, stderr)
    const lines = stdout.trim().split('\n')
    assert.deepEqual(lines.slice(0, 2), [
      'Task completed, result is 42',
      'Task is Failed! Error is on purpose',
    ])
    assert.ok(lines.includes('10 of 10'), stdout)
    assert.deepEqual(lines.slice(-2), ['done cancelled', '2 completed, 2 failed, 0 wait'])
  })

  it('S26: a server runs tasks with the services of its container', async () => {
    using folder = temporary()
    projectOf(DOCUMENT, folder.dir)
    const args = ['-w', '1', '-t', '1']
    await using server = await ServerUnderTest.start('', { dir: folder.dir, withPackages: true, args })
    assert.equal(typeof (await server.json('/task')), 'number')
    const { state, value } = (await server.json('/report')) as Record<string, unknown>
    assert.deepEqual([state, value], ['completed', 'Task Completed'])
  })

  it('S19, S23, S27: two services answer, one is told what to say, and a third that fails disturbs nobody', async () => {
    using folder = temporary()
    projectOf(DOCUMENT, folder.dir)
    const args = ['-w', '1', '-t', '1']
    await using server = await ServerUnderTest.start('', { dir: folder.dir, withPackages: true, args })
    const said = async (route: string): Promise<string> =>
      (await fetch(String(await server.json(route)))).text()
    assert.deepEqual([await said('/hello'), await said('/bye')], ['Hello', 'Bye'])
    await server.json('/force')
    assert.deepEqual([await said('/hello'), await said('/bye')], ['Hello', 'forced-output'])
    const end = await server.log(
      ({ service, event }) => service === 'fail' && event === 'service-stopped',
      'its end',
    )
    assert.equal(end.level, 'info')
    const { state, workers } = await server.status()
    assert.equal(state, 'ready')
    assert.deepEqual(
      workers.filter(({ role }) => role === 'service').map((one) => one.state),
      ['ready', 'ready', 'ended'],
    )
  })
})
