/** What `tsrv restart` is for: another version of tsrv in the place of the one that runs. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { Installed } from './installed.ts'
import { Load } from './load.ts'
import { tsrv } from './project.ts'
import { ServerUnderTest } from './server-under-test.ts'

describe('an upgrade of tsrv', () => {
  it('is complete after a restart, and no request is dropped', async () => {
    using installed = new Installed()
    const bin = installed.install('shop')
    const dir = path.join(installed.dir, 'shop')
    const manifest = path.join(dir, 'node_modules/@tsrv/server/package.json')
    writeFileSync(path.join(dir, 'package.json'), '{ "type": "module" }')
    writeFileSync(path.join(dir, 'app.js'), 'export default () => new Response("hello")')
    await using server = await ServerUnderTest.start('', { dir, bin, args: ['-w', '2'] })
    const { version } = await server.status()
    await using load = new Load(server, { kept: 2, fresh: 2 })
    await load.goesOn(10)
    const { version: _, ...others } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }
    writeFileSync(manifest, JSON.stringify({ ...others, version: '77.0.0' }))
    const { code, stdout } = await tsrv(dir, ['restart'], {}, bin)
    assert.equal(code, 0)
    assert.ok(stdout.includes(`✓ tsrv 77.0.0 (was ${version}), pid ${server.pid}, 2 HTTP workers at`), stdout)
    await load.goesOn(10)
    await load.end()
    assert.deepEqual(load.failures, [])
    assert.equal((await server.status()).version, '77.0.0')
    assert.equal((await server.stop()).code, 0)
  })
})
