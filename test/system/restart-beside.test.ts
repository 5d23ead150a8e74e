/** A restart of a server that has more than workers: counts that were asked for, an admin listener, watch mode. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import net, { type AddressInfo } from 'node:net'
import { once } from 'node:events'
import path from 'node:path'
import { describe, it } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { until } from '../until.ts'
import { freePort } from './free-port.ts'
import { tsrv } from './project.ts'
import { ServerUnderTest } from './server-under-test.ts'
import { answers, WatchedServer } from './watched-server.ts'

async function restart(dir: string): Promise<void> {
  const { code, stderr } = await tsrv(dir, ['restart'])
  assert.deepEqual([code, stderr], [0, ''])
}

/** A program of somebody else that has a port. */
async function stranger(port = 0): Promise<net.Server & AsyncDisposable> {
  const server = net.createServer().listen(port, '127.0.0.1')
  await once(server, 'listening')
  return server
}

/** With one worker, and an answer to `/held` that waits for a file `go`. */
function startWith(admin: object): Promise<ServerUnderTest> {
  const app = `import { existsSync } from 'node:fs'
export default async (request) => {
  const isHeld = request.url.endsWith('/held')
  while (isHeld && !existsSync('go')) await new Promise((resolve) => setTimeout(resolve, 20))
  return new Response('here')
}`
  return ServerUnderTest.start('plain-app', { files: { 'app.js': app, 'tsrv.config.ts': configOf(admin) } })
}

const configOf = (admin: object): string => `export default ${JSON.stringify({ workers: 1, admin })}`

/** Asks again and again whether requests should be sent there; `undefined` stands for nobody who answers. */
async function probe(url: string, signal: AbortSignal): Promise<readonly (number | undefined)[]> {
  const seen: (number | undefined)[] = []
  while (!signal.aborted) {
    const status = await fetch(url).then(
      (response) => response.status,
      () => undefined,
    )
    if (seen.at(-1) !== status) seen.push(status)
    await pause(10)
  }
  return seen
}

describe('tsrv restart', () => {
  it('keeps the counts of tsrv scale', async () => {
    await using server = await ServerUnderTest.start('plain-app')
    assert.equal((await tsrv(server.dir, ['scale', '-w', '3'])).code, 0)
    await restart(server.dir)
    assert.equal((await server.status()).workers.filter(({ state }) => state === 'ready').length, 3)
  })

  it('has the admin listener say that requests are welcome whenever it answers, at the same port', async () => {
    const admin = `http://127.0.0.1:${await freePort()}`
    await using server = await ServerUnderTest.start('plain-app', {
      args: ['-o', `admin.port=${new URL(admin).port}`],
    })
    const end = new AbortController()
    const probes = probe(`${admin}/ready`, end.signal)
    await restart(server.dir)
    end.abort()
    assert.deepEqual(await probes, [200, undefined, 200], 'a gap while the process is replaced')
    assert.equal((await server.status()).admin, admin)
  })

  it('is refused when somebody else has the new port of the admin listener, and everything stays', async () => {
    await using server = await startWith({ port: 0 })
    await using other = await stranger()
    const before = await server.status()
    const { port } = other.address() as AddressInfo
    writeFileSync(path.join(server.dir, 'tsrv.config.ts'), configOf({ port }))
    const { code, stderr } = await tsrv(server.dir, ['restart'])
    assert.equal(code, 1)
    const refused = `✖ Restart failed, the old code keeps running: Cannot open the admin listener on 127.0.0.1:${port}: it is already in use`
    assert.ok(stderr.startsWith(refused), stderr)
    const after = await server.status()
    assert.deepEqual(
      [after.admin, after.state, after.workers.map(({ pid }) => pid)],
      [before.admin, before.state, before.workers.map(({ pid }) => pid)],
    )
  })

  it('takes over another host of the admin listener at the same port', async () => {
    const port = await freePort()
    await using server = await startWith({ port })
    writeFileSync(path.join(server.dir, 'tsrv.config.ts'), configOf({ port, host: '0.0.0.0' }))
    await restart(server.dir)
    assert.equal((await server.status()).admin, `http://0.0.0.0:${port}`)
  })

  it('serves without an admin listener whose port was taken meanwhile, and opens it when it can', async () => {
    await using server = await startWith({ port: 0 })
    const port = await freePort()
    writeFileSync(path.join(server.dir, 'tsrv.config.ts'), configOf({ port }))
    // The old worker, and with it the old supervisor, stays until this one is answered.
    const held = server.request('/held')
    await server.request('/')
    const restarting = tsrv(server.dir, ['restart'])
    await until(async () => (await server.status()).state === 'restarting', 'the end of all checks')
    {
      await using _ = await stranger(port)
      writeFileSync(path.join(server.dir, 'go'), '')
      assert.equal((await held).text, 'here')
      assert.equal((await restarting).code, 0)
      assert.equal((await server.request('/')).text, 'here')
      const { admin, state, problems } = await server.status()
      assert.deepEqual([admin, state, problems.length], [undefined, 'ready', 1])
      assert.match(
        problems[0] ?? '',
        new RegExp(`^Cannot open the admin listener on 127\\.0\\.0\\.1:${port}: `),
      )
      assert.equal(server.logs.filter(({ event }) => event === 'admin-listen-failed').length, 1)
    }
    await until(async () => (await server.status()).admin === `http://127.0.0.1:${port}`, 'the listener')
    assert.deepEqual((await server.status()).problems, [])
    assert.equal((await fetch(`http://127.0.0.1:${port}/ready`)).status, 200)
  })

  it('goes on watching', async () => {
    await using watched = await WatchedServer.start('plain-app', { files: { 'app.js': answers('one') } })
    watched.save('app.js', answers('two'))
    await watched.reloaded()
    await restart(watched.server.dir)
    assert.equal(await watched.text(), 'two')
    watched.save('app.js', answers('three'))
    assert.deepEqual(await watched.reloaded(), ['app.js'])
    assert.equal(await watched.text(), 'three')
  })
})
