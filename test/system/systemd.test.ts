/** What systemd gives to a server and wants to hear from it, played by the test. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { once } from 'node:events'
import http from 'node:http'
import net, { type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { bind, type Bound, type BindTarget } from '../../src/supervisor/bind.ts'
import { until } from '../until.ts'
import { Load } from './load.ts'
import { NO_RECEIVER, NotifyReceiver } from './notify-receiver.ts'
import { project, tsrv } from './project.ts'
import { ServerUnderTest } from './server-under-test.ts'

const LINUX_ONLY = { skip: process.platform !== 'linux' }
const ENVIRONMENT = `export default () => Response.json(Object.keys(process.env))`

let folder = ''
let bound: Bound[] = []
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'tsrv-systemd-'))
  bound = []
})
afterEach(() => {
  for (const one of bound) one.close()
  rmSync(folder, { recursive: true, force: true })
})

/** As a socket unit has it. */
function socketUnit(target: BindTarget): number {
  const made = bind(target)
  if ('failed' in made) throw new Error(made.failed)
  bound.push(made)
  return made.fd()
}

describe('sockets of systemd', LINUX_ONLY, () => {
  it('are served, all of them, instead of the address of the configuration', async () => {
    const unix = path.join(folder, 'web.sock')
    const sockets = [socketUnit({ host: '127.0.0.1', port: 0 }), socketUnit({ path: unix })]
    const { port } = bound.map((one) => one.address() as AddressInfo).find((address) => address.port) ?? {}
    const files = { 'app.js': ENVIRONMENT }
    await using server = await ServerUnderTest.start('plain-app', { sockets, files })
    const { urls } = await server.status()
    assert.deepEqual(urls, [`http://127.0.0.1:${port}`, `unix:${unix}`])
    for (const url of urls) {
      server.url = url
      for (let asked = 0; asked < 10; asked += 1) {
        const names = (await server.json('/')) as string[]
        assert.deepEqual(
          names.filter((name) => /^(LISTEN|NOTIFY|WATCHDOG)_/.test(name)),
          [],
          'what is for the server alone is not for its children',
        )
      }
    }
    assert.equal((await server.stop()).code, 0)
  })

  it('outlive the server: who connects meanwhile is served by the next one', async () => {
    const options = { sockets: [socketUnit({ host: '127.0.0.1', port: 0 })], dir: project('plain-app') }
    let url = ''
    {
      await using server = await ServerUnderTest.start('plain-app', options)
      url = server.url
      await server.stop()
    }
    const early = new Promise<number | undefined>((resolve, reject) => {
      http
        .get(url, { agent: false }, (response) => resolve(response.resume().statusCode))
        .once('error', reject)
    })
    await using server = await ServerUnderTest.start('plain-app', options)
    assert.equal(server.url, url)
    assert.equal(await early, 200)
    rmSync(options.dir, { recursive: true })
  })

  it('keep their room for all who connect after the stop', async (t) => {
    await using server = await ServerUnderTest.start('plain-app', {
      sockets: [socketUnit({ host: '127.0.0.1', port: 0 })],
    })
    assert.equal((await server.stop()).code, 0)
    const { port } = new URL(server.url)
    const waiting = Array.from({ length: 20 }, () => net.connect(Number(port), '127.0.0.1'))
    t.after(() => waiting.forEach((socket) => socket.destroy()))
    // Nobody accepts: who finds no room would try in vain.
    const signal = AbortSignal.timeout(20_000)
    await Promise.all(waiting.map((socket) => once(socket, 'connect', { signal })))
  })

  for (const how of ['reload', 'restart']) {
    it(`are kept over a ${how}, and no request is dropped`, async () => {
      const sockets = [
        socketUnit({ host: '127.0.0.1', port: 0 }),
        socketUnit({ path: path.join(folder, 's') }),
      ]
      await using server = await ServerUnderTest.start('plain-app', { sockets })
      const { urls } = await server.status()
      await using load = new Load(server, { kept: 3, fresh: 3 })
      await load.goesOn(10)
      const { code, stderr } = await tsrv(server.dir, [how])
      assert.deepEqual([code, stderr], [0, ''])
      await load.goesOn(10)
      await load.end()
      assert.deepEqual(load.failures, [])
      assert.deepEqual((await server.status()).urls, urls)
      server.url = urls[1] ?? ''
      assert.equal((await server.request('/')).status, 200)
    })
  }

  it('that were meant for another process are left alone', async () => {
    const env = { LISTEN_FDS: '1', LISTEN_PID: '1' }
    await using server = await ServerUnderTest.start('plain-app', { env, args: ['-w', '1'] })
    assert.match(server.url, /^http:\/\/127\.0\.0\.1:\d+$/)
  })
})

describe('a socket without a file', LINUX_ONLY, () => {
  it('is served at its name, and said to be taken when it is', async () => {
    const name = `@tsrv-test-${process.pid}`
    const args = ['-w', '1', '-o', `socket=${name}`]
    await using server = await ServerUnderTest.start('plain-app', { args })
    assert.equal(server.url, `unix:${name}`)
    assert.equal((await server.request('/')).status, 200)
    const dir = project('plain-app')
    const { code, stderr } = await tsrv(dir, ['start', ...args])
    rmSync(dir, { recursive: true })
    assert.equal(code, 1)
    assert.match(stderr, new RegExp(`Address ${name} is already in use by another tsrv server`))
  })
})

describe('systemd', { skip: NO_RECEIVER }, () => {
  for (const [what, place] of [
    ['a socket', () => path.join(folder, 'notify')],
    ['an abstract socket', () => `@tsrv-notify-${process.pid}`],
  ] as const) {
    it(`hears over ${what} of the start, a reload, a restart and the stop, and that the server is alive`, async () => {
      using receiver = await NotifyReceiver.on(place())
      const env = { NOTIFY_SOCKET: receiver.path, WATCHDOG_USEC: '300000' }
      await using server = await ServerUnderTest.start('plain-app', { env, args: ['-w', '1'] })
      await until(() => receiver.story.length === 1, 'the word of the start')
      const [ready = []] = receiver.messages
      assert.deepEqual(ready, [
        'READY=1',
        `STATUS=HTTP workers: 1, task workers: 0, ${server.url}`,
        `MAINPID=${server.pid}`,
      ])
      await until(
        () => receiver.messages.filter(([first]) => first === 'WATCHDOG=1').length >= 3,
        'signs of life',
      )
      const before = process.hrtime.bigint() / 1000n
      server.kill('SIGHUP')
      await until(() => receiver.story.length === 3, 'the word of the reload')
      const reloading = receiver.messages.find(([first]) => first === 'RELOADING=1') ?? []
      const at = BigInt(/^MONOTONIC_USEC=(\d+)$/.exec(reloading[1] ?? '')?.[1] ?? 0)
      assert.ok(at >= before && at <= process.hrtime.bigint() / 1000n, String(at))
      assert.equal((await tsrv(server.dir, ['restart'])).code, 0)
      await until(() => receiver.story.length === 5, 'the word of the restart')
      const seen = receiver.messages.length
      await until(() => receiver.messages.length >= seen + 2, 'signs of life of the new supervisor')
      assert.equal((await server.stop()).code, 0)
      await until(() => receiver.story.length === 6, 'the word of the stop')
      assert.deepEqual(receiver.story, [
        'READY=1',
        'RELOADING=1',
        'READY=1',
        'RELOADING=1',
        'READY=1',
        'STOPPING=1',
      ])
    })
  }

  it('hears that the server is ready after a reload that has failed as well', async () => {
    using receiver = await NotifyReceiver.on(path.join(folder, 'notify'))
    const env = { NOTIFY_SOCKET: receiver.path }
    await using server = await ServerUnderTest.start('plain-app', { env, args: ['-w', '1'] })
    assert.equal((await tsrv(server.dir, ['reload'])).code, 0)
    rmSync(path.join(server.dir, 'app.js'))
    assert.equal((await tsrv(server.dir, ['reload'])).code, 1)
    await until(() => receiver.story.length === 5, 'the words of two reloads')
    assert.deepEqual(receiver.story.slice(3), ['RELOADING=1', 'READY=1'])
    assert.equal(receiver.messages.length, receiver.story.length, 'no signs of life unless they are wanted')
  })
})

describe('a server that cannot reach systemd', LINUX_ONLY, () => {
  it('serves, and says so once', async () => {
    const env = { NOTIFY_SOCKET: path.join(folder, 'nobody'), WATCHDOG_USEC: '100000', PATH: folder }
    await using server = await ServerUnderTest.start('plain-app', { env, args: ['-w', '1'] })
    await server.log(
      ({ level, msg }) => level === 'warn' && msg.includes('systemd cannot be told'),
      'the warning',
    )
    assert.equal((await server.request('/')).status, 200)
    assert.equal((await tsrv(server.dir, ['reload'])).code, 0)
    assert.equal((await server.stop()).code, 0)
    assert.equal(server.logs.filter(({ level }) => level === 'warn').length, 1)
  })
})
