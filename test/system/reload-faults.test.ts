/** A reload that cannot succeed: whatever is wrong with the new code, the old code serves on as if nothing had been. */
import assert from 'node:assert/strict'
import { rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { until } from '../until.ts'
import { FAULTS } from './faulty-projects.ts'
import { Load } from './load.ts'
import { tsrv } from './project.ts'
import { type LogRecord, ServerUnderTest } from './server-under-test.ts'

const GOOD = 'export default () => new Response("good")'

describe('a reload', () => {
  it('of code or configuration with a fault fails no request, changes nothing and says where the fault is', async () => {
    const good = { 'app.ts': GOOD, 'tsrv.config.ts': 'export default { workers: 1 }' }
    await using server = await ServerUnderTest.start('plain-app', { files: good })
    const pids = async (): Promise<unknown[]> => (await server.status()).workers.map(({ pid }) => pid)
    const before = await pids()
    const file = (name: string): string => path.join(server.dir, name)
    await using load = new Load(server, { kept: 4, fresh: 4, isRight: (text) => text === 'good' })
    const faults = FAULTS.filter(({ files, startOnly }) => files !== undefined && startOnly === undefined)
    for (const { what, files = {}, says } of faults) {
      for (const [name, text] of Object.entries(files)) writeFileSync(file(name), text)
      const { code, stderr } = await tsrv(server.dir, ['reload'])
      assert.equal(code, 1, what)
      assert.match(stderr, /^✖ Reload failed, the old code keeps running: /, what)
      for (const expected of says) assert.match(stderr, expected, what)
      const { lastReload, state } = await server.status()
      assert.deepEqual([lastReload?.result, state], ['failed', 'ready'], what)
      for (const name of Object.keys(files)) rmSync(file(name))
      for (const [name, text] of Object.entries(good)) writeFileSync(file(name), text)
    }
    assert.deepEqual(await pids(), before)
    await load.goesOn(20)
    await load.end()
    assert.deepEqual(load.failures, [])
    assert.equal((await tsrv(server.dir, ['reload'])).code, 0, 'and the next good one succeeds')
  })

  it('is not held up by an old worker that blocks: it is killed when its time to finish is over', async () => {
    const version = (text: string): string => `import { writeSync } from 'node:fs'
export default (request) => {
  if (request.url.endsWith('/block')) {
    writeSync(1, 'blocks\\n')
    for (;;);
  }
  return new Response('${text}')
}`
    const files = { 'app.js': version('one') }
    const args = ['-w', '2', '-o', 'processes.maxWaitTime=1s']
    await using server = await ServerUnderTest.start('plain-app', { files, args })
    const old = (await server.status()).workers.map(({ pid }) => pid)
    const blocked = server.request('/block').then(
      () => 'answered',
      () => 'broken off',
    )
    await server.log(({ msg }: LogRecord) => msg === 'blocks', 'the block')
    writeFileSync(path.join(server.dir, 'app.js'), version('two'))
    const { code, stdout } = await tsrv(server.dir, ['reload'])
    assert.equal(code, 0, stdout)
    for (let round = 0; round < 10; round++) assert.equal((await server.request('/')).text, 'two')
    assert.equal(await blocked, 'broken off')
    await until(async () => {
      const { workers } = await server.status()
      return workers.length === 2 && workers.every(({ pid }) => !old.includes(pid))
    }, 'the old workers to leave')
    assert.equal((await server.stop()).code, 0)
  })
})
