import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { rmSync, writeFileSync } from 'node:fs'
import { until } from '../until.ts'
import { project, tsrv } from './project.ts'
import { ServerUnderTest } from './server-under-test.ts'
import { answers, WatchedServer } from './watched-server.ts'

const ONE = 'export default { workers: 1 }'

describe('the configuration in watch mode', () => {
  it('is loaded again when it changes, or a module that it imports', async () => {
    await using watched = await WatchedServer.start('plain-app', {
      files: { 'tsrv.config.ts': `export { default } from './shared.ts'`, 'shared.ts': ONE },
    })
    const workers = async (): Promise<number> =>
      (await watched.server.status()).workers.filter(({ state }) => state === 'ready').length
    watched.save('shared.ts', 'export default { workers: 2 }')
    assert.deepEqual(await watched.reloaded(), ['shared.ts'])
    assert.equal(await workers(), 2)
    watched.save('tsrv.config.ts', 'export default { workers: 3 }')
    assert.deepEqual(await watched.reloaded(), ['tsrv.config.ts'])
    assert.equal(await workers(), 3)
    // Nobody imports it any more.
    watched.save('shared.ts', 'export default { workers: 1 }')
    watched.save('app.js', answers('last'))
    await watched.reloaded()
    assert.deepEqual(watched.changes, ['shared.ts', 'tsrv.config.ts', 'app.js'])
  })

  it('that is wrong stays out of use, until it is right', async () => {
    await using watched = await WatchedServer.start('plain-app', { files: { 'tsrv.config.ts': ONE } })
    const pid = await watched.pid()
    watched.save('tsrv.config.ts', 'export default { wokers: 2 }')
    assert.match(await watched.failed(), /tsrv\.config\.ts:1 +wokers.*did you mean "workers"/)
    watched.save('tsrv.config.ts', 'export default {{')
    await watched.failed()
    assert.equal(await watched.pid(), pid)
    watched.save('tsrv.config.ts', 'export default { workers: 2 }')
    await watched.reloaded()
    assert.notEqual(await watched.pid(), pid)
  })

  it('that names a module which is not there comes into use when it is', async () => {
    await using watched = await WatchedServer.start('plain-app', { files: { 'tsrv.config.ts': ONE } })
    watched.save('tsrv.config.ts', `export default { workers: 1, app: './other/app.js' }`)
    assert.match(await watched.failed(), /there is no file .*other\/app\.js/)
    watched.save('other/app.js', answers('other'))
    assert.deepEqual(await watched.reloaded(), ['other/app.js'])
    assert.equal(await watched.text(), 'other')
  })

  it('in a data file is watched as well, and so is one that appears', async () => {
    const dir = project('plain-app', { 'app.js': answers('x') })
    rmSync(`${dir}/tsrv.config.json`)
    try {
      await using watched = await WatchedServer.start('plain-app', { dir, args: ['-t', '0'] })
      watched.save('tsrv.config.json', '{ "workers": 2, "name": "shown" }')
      assert.deepEqual(await watched.reloaded(), ['tsrv.config.json'])
      watched.save('tsrv.config.json', '{ "workers": 1 }')
      assert.deepEqual(await watched.reloaded(), ['tsrv.config.json'])
    } finally {
      rmSync(dir, { recursive: true })
    }
  })

  it('replaces no worker when nothing has changed that one could use, and says which keys wait for a restart', async () => {
    await using watched = await WatchedServer.start('plain-app', { files: { 'tsrv.config.ts': ONE } })
    const pid = await watched.pid()
    watched.save('tsrv.config.ts', `${ONE} // a remark`)
    await watched.reloading()
    await watched.next('unaffected')
    watched.save('tsrv.config.ts', `export default { workers: 1, name: 'other' }`)
    await watched.reloading()
    await watched.next('unaffected')
    const warning = 'name has changed; "tsrv restart" takes it over'
    await watched.server.log(({ msg }) => msg.startsWith(warning), 'the warning')
    assert.equal(await watched.pid(), pid)
  })

  it('includes .env, also one that appears', async () => {
    await using watched = await WatchedServer.start('plain-app', {
      args: ['-w', '1'],
      files: { 'app.js': `export default () => new Response(process.env['GREETING'] ?? 'none')` },
    })
    assert.equal(await watched.text(), 'none')
    for (const greeting of ['hello', 'goodbye']) {
      watched.save('.env', `GREETING=${greeting}`)
      assert.deepEqual(await watched.reloaded(), ['.env'])
      assert.equal(await watched.text(), greeting)
    }
  })
})

describe('a start in watch mode that fails', () => {
  it('waits until the code is mended', async () => {
    await using server = ServerUnderTest.launch('plain-app', {
      args: ['--watch', '-w', '1'],
      files: { 'app.js': `import './later.ts'\n${answers('mended')}` },
    })
    await until(
      () => server.stderr.includes('Waiting for a file to change'),
      'the wait',
      () => server.stderr,
    )
    assert.match(server.stderr, /^✖ HTTP worker 0 could not start: Cannot load .*app\.js/)
    writeFileSync(`${server.dir}/later.ts`, 'export {}')
    const ready = await server.log((record) => record['event'] === 'ready', 'the server')
    assert.match(server.stderr, /later\.ts changed, starting/)
    server.url = String((ready['urls'] as string[])[0])
    assert.equal((await server.request('/')).text, 'mended')
    assert.equal((await server.stop()).code, 0)
  })

  it('waits until the configuration is right, and can be ended meanwhile', async () => {
    await using server = ServerUnderTest.launch('plain-app', {
      args: ['--watch'],
      files: { 'tsrv.config.ts': 'export default { wokers: 1 }' },
    })
    const waits = (): number => server.stderr.split('Waiting for a file to change').length - 1
    await until(
      () => waits() === 1,
      'the wait',
      () => server.stderr,
    )
    writeFileSync(`${server.dir}/tsrv.config.ts`, 'export default { workers: 0 }')
    await until(
      () => waits() === 2,
      'the next wait',
      () => server.stderr,
    )
    server.kill('SIGINT')
    assert.equal((await server.ended).code, 0)
  })

  it('ends as without --watch when no file can mend it, or somebody waits for it', async () => {
    const dir = project('plain-app', { 'app.js': 'export default {{{' })
    try {
      const flag = await tsrv(dir, ['start', '--watch', '-w', 'many'])
      assert.deepEqual([flag.code, flag.stderr.includes('Waiting')], [78, false])
      const detached = await tsrv(dir, ['start', '--watch', '-d', '-o', 'port=0'])
      assert.equal(detached.code, 1)
      assert.match(detached.stderr, /Cannot load app\.js/)
    } finally {
      rmSync(dir, { recursive: true })
    }
  })
})
