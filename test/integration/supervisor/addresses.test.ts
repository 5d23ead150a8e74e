/** The address of a server over reloads that change it, with real sockets and without processes. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { Addresses } from '../../../src/supervisor/addresses.ts'
import { bind, boundFrom } from '../../../src/supervisor/bind.ts'
import type { ListenTarget } from '../../../src/supervisor/listen-target.ts'
import { Slots } from '../../../src/supervisor/slots.ts'
import type { WorkerHandle } from '../../../src/supervisor/worker-handle.ts'

const ANY_PORT = { host: '127.0.0.1', port: 0 }
let folder = ''
let opened: Addresses[] = []

beforeEach(() => {
  givenUp = []
  folder = mkdtempSync(path.join(tmpdir(), 'tsrv-addresses-'))
})
afterEach(() => {
  for (const addresses of opened.splice(0)) addresses[Symbol.dispose]()
  rmSync(folder, { recursive: true, force: true })
})

async function at(
  target: ListenTarget,
  options: { count?: number; isActivated?: boolean } = {},
): Promise<Addresses> {
  const slots = await Slots.open(target, { count: options.count ?? 2 })
  const addresses = new Addresses({ slots, target, generation: 1, ...options })
  opened.push(addresses)
  return addresses
}

/** Keys of the sockets that workers were told to give up. */
let givenUp: string[] = []

/** HTTP workers of these generations. */
function workers(...generations: number[]): WorkerHandle[] {
  const giveUp = (told: readonly string[]): void => void givenUp.push(...told)
  const all = generations.map((generation) => ({ role: 'http-worker', generation, giveUp }))
  return all as unknown as WorkerHandle[]
}

/** Of what a worker of that generation adopts when every slot is served. */
function keys(addresses: Addresses, generation: number): string[] {
  return addresses.orphans({ slot: 0, generation }, () => true).map(({ key }) => key)
}

const socketPath = (name: string): { path: string } => ({ path: path.join(folder, name) })
const isRefused = async (target: { path: string }): Promise<boolean> => {
  const socket = connect(target.path)
  const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException]
  return error.code === 'ECONNREFUSED' || error.code === 'ENOENT'
}

describe('the addresses of a server', () => {
  it('stay as they are when the configuration does not change them', async () => {
    const addresses = await at(ANY_PORT)
    const { current } = addresses
    assert.equal(await addresses.prepare({ ...ANY_PORT }, 2, 2), true)
    addresses.commit()
    assert.equal(addresses.current, current)
    assert.equal(addresses.of(2), current)
    assert.deepEqual(keys(addresses, 2), [])
  })

  it('give each generation the sockets it was started for, until the last old worker has left', async () => {
    const [old, next] = [socketPath('old'), socketPath('new')]
    const addresses = await at(old)
    await addresses.prepare(next, 2, 2)
    assert.equal(addresses.current.address(), old.path, 'until the reload is over')
    assert.deepEqual([addresses.of(1).address(), addresses.of(2).address()], [old.path, next.path])
    assert.deepEqual(keys(addresses, 1), [], 'old workers have these sockets for their own')
    assert.deepEqual(keys(addresses, 2), ['1/0'])
    addresses.commit()
    assert.equal(addresses.current.address(), next.path)
    addresses.settle(workers(1, 2))
    assert.deepEqual(keys(addresses, 2), ['1/0'])
    assert.ok(existsSync(old.path))
    assert.deepEqual(givenUp, [])
    addresses.settle(workers(2, 2))
    assert.deepEqual(givenUp, ['1/0', '1/0'], 'by each of them')
    assert.equal(existsSync(old.path), false)
    assert.deepEqual(keys(addresses, 2), [])
  })

  it('have a slot that nobody serves accepted by all others of its address, and of later ones', async (t) => {
    if (process.platform !== 'linux') return t.skip()
    const addresses = await at(ANY_PORT, { count: 3 })
    const isServed = (slot: number): boolean => slot !== 1
    const of = (slot: number, generation: number): string[] =>
      addresses.orphans({ slot, generation }, isServed).map(({ key }) => key)
    assert.deepEqual([of(0, 1), of(1, 1), of(2, 1)], [['1/1'], [], ['1/1']])
    await addresses.prepare(socketPath('new'), 3, 2)
    assert.deepEqual(of(0, 2), ['1/0', '1/1', '1/2'])
  })

  it('are all kept when one reload comes before the last one has ended', async () => {
    const names = ['one', 'two', 'three'].map(socketPath)
    const [one, two, three] = names as [{ path: string }, { path: string }, { path: string }]
    const addresses = await at(one)
    await addresses.prepare(two, 1, 2)
    addresses.commit()
    await addresses.prepare(three, 1, 3)
    addresses.commit()
    assert.deepEqual(
      [1, 2, 3].map((generation) => addresses.of(generation).address()),
      names.map((name) => name.path),
    )
    assert.deepEqual(keys(addresses, 3), ['2/0', '1/0'])
    addresses.settle(workers(1, 3))
    assert.deepEqual(keys(addresses, 3), ['1/0'])
    assert.deepEqual(
      names.map(({ path: file }) => existsSync(file)),
      [true, false, true],
    )
  })

  it('change nothing when the new one cannot be had', async () => {
    const taken = createServer().listen(socketPath('taken').path)
    await once(taken, 'listening')
    const addresses = await at(ANY_PORT)
    const { current } = addresses
    await assert.rejects(addresses.prepare(socketPath('taken'), 2, 2), { code: 'TSRV_PORT_IN_USE' })
    await assert.rejects(addresses.prepare({ host: 'no such host', port: 1 }, 2, 2), {
      code: 'TSRV_LISTEN_FAILED',
    })
    addresses.commit()
    assert.equal(addresses.current, current)
    taken.close()
  })

  it('keep what a failed reload has bound for the next one, and give it up when that wants another', async () => {
    const addresses = await at(ANY_PORT)
    await addresses.prepare(socketPath('new'), 1, 2)
    const prepared = addresses.of(2)
    await addresses.prepare(socketPath('new'), 1, 3)
    assert.equal(addresses.of(3), prepared)
    await addresses.prepare(ANY_PORT, 1, 4)
    assert.equal(addresses.of(4), addresses.current)
    assert.ok(await isRefused(socketPath('new')))
  })

  it('may share a port with the old one', { skip: process.platform !== 'linux' }, async () => {
    const addresses = await at(ANY_PORT)
    const { port } = addresses.current.address() as AddressInfo
    await addresses.prepare({ host: '0.0.0.0', port }, 2, 2)
    addresses.commit()
    assert.deepEqual(addresses.all, [{ address: '0.0.0.0', family: 'IPv4', port }])
  })

  it('follow the number of workers, also the one that is being prepared', async () => {
    const addresses = await at(ANY_PORT, { count: 1 })
    await addresses.prepare(socketPath('new'), 1, 2)
    addresses.resize(3)
    assert.deepEqual([addresses.of(1).size, addresses.of(2).size], [3, 3])
    addresses.resize(1)
    assert.equal(keys(addresses, 1).length, process.platform === 'linux' ? 2 : 0)
  })

  it('are not for the configuration to change when systemd has bound them', async () => {
    const addresses = await at(ANY_PORT, { isActivated: true })
    assert.equal(await addresses.prepare({ ...ANY_PORT }, 1, 2), true)
    assert.equal(await addresses.prepare(socketPath('new'), 1, 2), false)
    addresses.commit()
    assert.equal(addresses.of(2), addresses.current)
  })
})

describe('sockets of somebody else', () => {
  it('are used as they are, all of them, and closed without more', async () => {
    const bound = ['a', 'b'].map((name) => {
      const made = bind(socketPath(name))
      if ('failed' in made) throw new Error(made.failed)
      return made
    })
    const sockets = bound.map((made) => boundFrom(made.fd(), made.address() as string))
    const slots = Slots.inherit({ mode: 'shared', sockets, count: 3, owned: false })
    assert.deepEqual([slots.fd(0), slots.fd(2)], [bound[0]?.fd(), bound[0]?.fd()])
    assert.deepEqual(slots.addresses, [socketPath('a').path, socketPath('b').path])
    assert.equal(slots.orphans(() => true).size, 1, 'the second is for everybody')
    slots.close()
    assert.ok(existsSync(socketPath('a').path), 'whoever made it removes it')
  })
})
