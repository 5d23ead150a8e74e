/** A restart of a server that has more than workers: counts that were asked for, an admin listener, watch mode. */
import assert from 'node:assert/strict'
import net, { type AddressInfo } from 'node:net'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { ServerUnderTest, tsrv } from './server-under-test.ts'
import { answers, WatchedServer } from './watched-server.ts'

async function restart(dir: string): Promise<void> {
  const { code, stderr } = await tsrv(dir, ['restart'])
  assert.deepEqual([code, stderr], [0, ''])
}

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

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

  it('goes on watching', async () => {
    await using watched = await WatchedServer.start('plain-app', { files: { 'app.ts': answers('one') } })
    watched.save('app.ts', answers('two'))
    await watched.reloaded()
    await restart(watched.server.dir)
    assert.equal(await watched.text(), 'two')
    watched.save('app.ts', answers('three'))
    assert.deepEqual(await watched.reloaded(), ['app.ts'])
    assert.equal(await watched.text(), 'three')
  })
})
