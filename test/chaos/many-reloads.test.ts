/**
 * Two hundred reloads in one life of a server, under load: the processes that stay, supervisor and task server, are as
 * big afterwards as before (R15).
 */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { it } from 'node:test'
import { requestReload } from '../../src/control/client.ts'
import { until } from '../until.ts'
import { ChaosServer, type Role } from './chaos-server.ts'
import { Clients } from './clients.ts'
import { randomFrom } from './random.ts'
import { SEED } from './settings.ts'

const RELOADS = 200
/** Those that fill caches and settle the heaps. */
const WARM_UP = 50
const MOST_GROWTH = 1.1
const CONNECTIONS = 2

interface Size {
  readonly memory: number
  readonly descriptors: number
}

it(`is no bigger after ${RELOADS} reloads, and fails no request`, async () => {
  await using server = await ChaosServer.open()
  await server.start()
  await using clients = new Clients(server, { count: CONNECTIONS, random: randomFrom(SEED) })
  const stay = (['supervisor', 'tasks'] as const).map((role) => ({ role, pid: pidOf(server, role) }))
  const reload = async (): Promise<Size[]> => {
    await requestReload(path.join(server.dir, '.tsrv/control.sock'), {}, {})
    // The old worker may still drain; its descriptors go with it.
    await until(
      () => server.victims().filter(({ role }) => role === 'http').length <= 2,
      'the old workers to go',
    )
    return stay.map(({ pid }) => sizeOf(pid))
  }
  for (let done = 0; done < WARM_UP; done++) await reload()
  const sizes: Size[][] = []
  for (let done = WARM_UP; done < RELOADS; done++) sizes.push(await reload())
  await clients.end()
  assert.deepEqual([...clients.unanswered], [])
  assert.equal((await server.status())?.generation, RELOADS + 1)
  assert.doesNotMatch(server.output(100_000), /MaxListenersExceeded|Warning:/)

  for (const [index, { role, pid }] of stay.entries()) {
    assert.equal(pidOf(server, role), pid, 'it is the same process')
    const own = sizes.map((one) => one[index]).filter((size) => size !== undefined)
    // The least of many: what is in use between two collections of garbage varies.
    const least = (some: readonly Size[], key: keyof Size): number =>
      Math.min(...some.map((size) => size[key]))
    const [early, late] = [own.slice(0, 30), own.slice(-30)]
    const grown = least(late, 'memory') / least(early, 'memory')
    console.log(
      `${role}: ${least(early, 'memory')} kB -> ${least(late, 'memory')} kB,`,
      `${least(early, 'descriptors')} -> ${least(late, 'descriptors')} descriptors`,
    )
    assert.ok(grown < MOST_GROWTH, `${role} grew by a factor of ${grown.toFixed(2)}`)
    assert.equal(least(late, 'descriptors'), least(early, 'descriptors'), role)
  }
})

function pidOf(server: ChaosServer, role: Role): number {
  return server.victims().find((one) => one.role === role)?.pid ?? 0
}

function sizeOf(pid: number): Size {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return {
    memory: Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]),
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
  }
}
