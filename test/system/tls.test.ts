/** `http.tls`: a server that speaks HTTPS, and what a reload makes of other files. */
import assert from 'node:assert/strict'
import { chmodSync, copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { connect } from 'node:tls'
import { until } from '../until.ts'
import { Load } from './load.ts'
import { project, tsrv } from './project.ts'
import { ServerUnderTest } from './server-under-test.ts'

const FILES = path.resolve(import.meta.dirname, '../fixtures/tls')

const config = (tls: object | undefined): string =>
  `export default ${JSON.stringify({ workers: 2, ...(tls && { http: { tls } }) })}`

/** Puts a pair where the configuration has its own. */
function install(dir: string, cert: string, key = cert): void {
  copyFileSync(path.join(FILES, `${cert}.cert.pem`), path.join(dir, 'cert.pem'))
  copyFileSync(path.join(FILES, `${key}.key.pem`), path.join(dir, 'key.pem'))
  chmodSync(path.join(dir, 'key.pem'), 0o600)
}

function secureProject(): string {
  const dir = project('plain-app', { 'tsrv.config.ts': config({ cert: './cert.pem', key: './key.pem' }) })
  install(dir, 'first')
  return dir
}

/** Whose certificate a new connection gets. */
function nameAt(server: ServerUnderTest): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port: Number(new URL(server.url).port), rejectUnauthorized: false }, () => {
      resolve(String(socket.getPeerCertificate().subject.CN))
      socket.destroy()
    }).on('error', reject)
  })
}

describe('http.tls', () => {
  for (const [name, clients] of [
    ['keep-alive', { kept: 6, fresh: 0 }],
    ['connection per request', { kept: 0, fresh: 6 }],
  ] as const) {
    it(`takes over another certificate at a reload and drops no request (${name})`, async () => {
      await using server = await ServerUnderTest.start('', { dir: secureProject() })
      assert.match(server.url, /^https:/)
      assert.equal(await nameAt(server), 'first')
      await using load = new Load(server, clients)
      await load.goesOn(20)
      install(server.dir, 'second')
      assert.equal((await tsrv(server.dir, ['reload'])).code, 0)
      await load.goesOn(20)
      await load.end()
      assert.deepEqual(load.failures, [])
      assert.equal(await nameAt(server), 'second')
    })
  }

  it('stays with the old certificate when the files are no pair, and says so', async () => {
    await using server = await ServerUnderTest.start('', { dir: secureProject() })
    install(server.dir, 'first', 'second')
    const { code, stderr } = await tsrv(server.dir, ['reload'])
    assert.equal(code, 1)
    assert.match(stderr, /Reload failed.*http\.tls\.key.*the two are not a pair/)
    assert.equal(await nameAt(server), 'first')
    assert.equal((await server.request('/')).status, 200)
  })

  it('starts nothing when the files are no pair', async () => {
    const dir = secureProject()
    install(dir, 'first', 'second')
    const { code, stderr } = await tsrv(dir, ['start', '-o', 'port=0'])
    assert.equal(code, 78)
    assert.match(stderr, /✖ tsrv\.config\.ts:1 {2}http\.tls\.key = \.\/key\.pem {2}does not belong/)
  })

  it('can come with a reload, and the address is told anew', async () => {
    const dir = secureProject()
    writeFileSync(path.join(dir, 'tsrv.config.ts'), config(undefined))
    await using server = await ServerUnderTest.start('', { dir })
    assert.match(server.url, /^http:/)
    writeFileSync(path.join(dir, 'tsrv.config.ts'), config({ cert: './cert.pem', key: './key.pem' }))
    const { stdout } = await tsrv(dir, ['reload'])
    const url = server.url.replace('http:', 'https:')
    assert.ok(stdout.includes(`Listening at ${url} now\n`), stdout)
    assert.deepEqual((await server.status()).urls, [url])
    assert.ok(readFileSync(server.runFile('server.json'), 'utf8').includes(url))
    server.url = url
    await until(async () => (await server.request('/').catch(() => undefined))?.status === 200, 'an answer')
  })

  it('keeps the passphrase to itself', async () => {
    const tls = { cert: './cert.pem', key: './key.pem', passphrase: 'sesame' }
    const dir = project('plain-app', { 'tsrv.config.ts': config(tls) })
    install(dir, 'second')
    copyFileSync(path.join(FILES, 'second.encrypted-key.pem'), path.join(dir, 'key.pem'))
    for (const args of [['config'], ['config', '--where']]) {
      const { code, stdout } = await tsrv(dir, args)
      assert.equal(code, 0)
      assert.doesNotMatch(stdout, /sesame/)
      assert.match(stdout, /\(set\)/)
    }
    await using server = await ServerUnderTest.start('', { dir })
    assert.equal(await nameAt(server), 'second')
    assert.doesNotMatch(readFileSync(server.runFile('server.json'), 'utf8'), /sesame/)
  })
})
