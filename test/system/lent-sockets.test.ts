/** Connections that the system gives to a worker which is away: the others take them, and give its socket back. */
import assert from 'node:assert/strict'
import { rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { until } from '../until.ts'
import { sendSignal } from './alive.ts'
import { listenersOf } from './listeners.ts'
import { Load } from './load.ts'
import { ServerUnderTest } from './server-under-test.ts'

const onLinux = { skip: process.platform !== 'linux' }
/** Long enough to ask many times meanwhile. */
const SLOW_BOOT = `import { existsSync } from 'node:fs'
while (existsSync('wait')) await new Promise((resolve) => setTimeout(resolve, 20))
export default () => Response.json(process.pid)`

describe('connections to a worker that is away', onLinux, () => {
  it('are answered by the others at once, also while its successor takes long to boot', async () => {
    await using server = await ServerUnderTest.start('plain-app', {
      args: ['-w', '3'],
      files: { 'app.js': SLOW_BOOT },
    })
    const pids = (await server.status()).workers.map(({ pid = 0 }) => pid)
    const [first = 0, second = 0, third = 0] = pids
    writeFileSync(path.join(server.dir, 'wait'), '')
    sendSignal(second, 'SIGKILL')
    await until(() => listenersOf(first) === 2 && listenersOf(third) === 2, 'the adoption')
    const answers = new Set<string>()
    for (let round = 0; round < 60; round++) answers.add((await server.request('/')).text)
    assert.deepEqual(answers, new Set([String(first), String(third)]))

    rmSync(path.join(server.dir, 'wait'))
    await until(() => listenersOf(first) === 1 && listenersOf(third) === 1, 'the return of the socket')
    const successor = await server.pidOf('http', 1)
    await until(
      async () => (await server.request('/')).text === String(successor),
      'an answer of the successor',
    )
    assert.equal((await server.stop()).code, 0)
  })

  it('are answered over many deaths; none is lost that was not open in the dead worker', async () => {
    await using server = await ServerUnderTest.start('plain-app', {
      args: ['-w', '2', '-o', 'processes.maxRestarts=1000'],
    })
    await using load = new Load(server, { kept: 0, fresh: 4, rest: 5 })
    await load.goesOn(20)
    for (let death = 0; death < 6; death++) {
      const pid = await server.pidOf('http', 1)
      sendSignal(pid, 'SIGKILL')
      await load.goesOn(40)
      await until(async () => {
        const { workers } = await server.status()
        return workers[1]?.state === 'ready' && workers[1].pid !== pid
      }, 'the successor')
      await load.goesOn(20)
    }
    await load.end()
    // What the dead worker had accepted is reset; at most one for each client and death.
    assert.ok(load.failures.length <= 6 * 4, load.failures.join('\n'))
    assert.ok(
      load.failures.every((failure) => /ECONNRESET|socket hang up/.test(failure)),
      load.failures.join('\n'),
    )
    const { workers } = await server.status()
    for (const { pid = 0 } of workers) assert.equal(listenersOf(pid), 1, 'every socket is back')
    assert.equal((await server.stop()).code, 0)
  })
})
