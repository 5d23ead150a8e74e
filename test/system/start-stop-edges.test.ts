/** Start and stop at their edges: no config, files of a server that died, a deadline that passes. */
import assert from 'node:assert/strict'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { project, tsrv } from './project.ts'
import { ServerUnderTest } from './server-under-test.ts'

const SLOW_APP = {
  'app.js': `import { server } from '@tsrv/server'
export default async (request) => {
  if (request.url.endsWith('/slow')) {
    server.log.info('entered')
    await new Promise(() => setInterval(() => {}, 1000))
  }
  return new Response(process.cwd())
}`,
}

describe('tsrv start', () => {
  it('needs no config where an app is, and runs it in the folder of the start', async () => {
    await using server = await ServerUnderTest.start('no-app', {
      files: { ...SLOW_APP, 'tsrv.config.ts': 'export default { workers: 1 }' },
    })
    const { text } = await server.request('/')
    assert.equal(path.basename(text), path.basename(server.dir))
    await server.stop()
    rmSync(path.join(server.dir, 'tsrv.config.ts'))
    await using bare = await ServerUnderTest.start('', { dir: server.dir, args: ['-w', '1'] })
    assert.equal((await bare.request('/')).text, text)
    assert.equal((await bare.stop()).code, 0)
  })

  const STALE = {
    empty: '',
    'no JSON': 'x',
    'of a process that is gone': JSON.stringify({ pid: 999_999_999, startTime: '1', children: [] }),
  }
  for (const [what, text] of Object.entries(STALE)) {
    it(`is not kept from it by files of a former server that are ${what}`, async () => {
      const dir = project('plain-app')
      mkdirSync(path.join(dir, '.tsrv'), { mode: 0o700 })
      for (const name of ['server.json', 'lock', 'control.sock', 'tasks.sock'])
        writeFileSync(path.join(dir, '.tsrv', name), text)
      try {
        await using server = await ServerUnderTest.start('', { dir, args: ['-w', '1'] })
        assert.equal((await server.request('/')).status, 200)
        assert.equal((await server.stop()).code, 0)
      } finally {
        rmSync(dir, { recursive: true, force: true })
      }
    })
  }
})

describe('tsrv stop', () => {
  it('gives up waiting at its deadline with status 1, and says what is left to do', async () => {
    await using server = await ServerUnderTest.start('plain-app', { files: SLOW_APP })
    const open = server.request('/slow').catch(() => 'cut')
    await server.log(({ msg }) => msg === 'entered', 'the request')
    const { code, stdout, stderr } = await tsrv(server.dir, ['stop', '--timeout', '0.2'])
    assert.deepEqual([code, stdout], [1, 'Stopping server ...\n'])
    assert.match(stderr, new RegExp(`^✖ Error stopping server; .*pid ${server.pid} .*tsrv stop --force`))
    assert.equal((await server.status()).state, 'stopping')
    assert.equal((await tsrv(server.dir, ['stop', '--force'])).code, 0)
    assert.equal(await open, 'cut')
  })
})
