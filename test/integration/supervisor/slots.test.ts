import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { connect, type AddressInfo, type NetConnectOpts } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import assert from 'node:assert/strict'
import { bindWithServerHandle } from '../../../src/supervisor/bind.ts'
import type { ListenTarget } from '../../../src/supervisor/listen-target.ts'
import { Slots, type SlotsOptions } from '../../../src/supervisor/slots.ts'

const WORKER = path.join(import.meta.dirname, '../../fixtures/slot-worker.ts')
const LOOPBACK = { host: '127.0.0.1', port: 0 }
const onLinux = { skip: process.platform !== 'linux' }
let folder = ''
let opened: Slots[] = []
let workers: ChildProcess[] = []

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'tsrv-slots-'))
})
afterEach(() => {
  for (const worker of workers) worker.kill('SIGKILL')
  for (const slots of opened) slots.close()
  workers = []
  opened = []
  rmSync(folder, { recursive: true, force: true })
})

async function open(target: ListenTarget, options: SlotsOptions): Promise<Slots> {
  const slots = await Slots.open(target, options)
  opened.push(slots)
  return slots
}

async function work(fd: number): Promise<ChildProcess> {
  const worker = fork(WORKER, { stdio: ['ignore', 'inherit', 'inherit', 'ipc', fd] })
  workers.push(worker)
  await once(worker, 'message')
  return worker
}

async function kill(worker: ChildProcess): Promise<void> {
  worker.kill('SIGKILL')
  await once(worker, 'exit')
}

/** Slots, or anything else with an address. */
interface Addressed {
  address(): AddressInfo | string | null
}

function tcp(place: Addressed): AddressInfo {
  const address = place.address()
  assert.ok(typeof address === 'object' && address !== null)
  return address
}

function connectTo(place: Addressed): NetConnectOpts {
  const address = place.address()
  return typeof address === 'string' ? { path: address } : { host: tcp(place).address, port: tcp(place).port }
}

/** Connects and tells who answered; the signal bounds the wait. */
async function ask(slots: Addressed): Promise<number> {
  const socket = connect({ ...connectTo(slots), signal: AbortSignal.timeout(5_000) })
  const [pid] = await once(socket, 'data')
  socket.destroy()
  return Number(String(pid))
}

/** Asks until every one of the workers has answered. */
async function everyoneAnswers(slots: Addressed, expected: readonly ChildProcess[]): Promise<void> {
  const missing = new Set(expected.map((worker) => worker.pid))
  for (let asked = 0; missing.size > 0 && asked < 500; asked += 1) missing.delete(await ask(slots))
  assert.deepEqual([...missing], [])
}

/** A connection that is made while nobody lives is answered by the next worker on the same descriptor. */
async function inheritsTheQueue(slots: Slots): Promise<void> {
  await kill(await work(slots.fd(0)))
  const socket = connect({ ...connectTo(slots), signal: AbortSignal.timeout(5_000) })
  await once(socket, 'connect')
  const answer = once(socket, 'data')
  const next = await work(slots.fd(0))
  assert.equal(Number(String((await answer)[0])), next.pid)
  socket.destroy()
}

describe('slots with a socket per worker', onLinux, () => {
  it('let every worker answer', async () => {
    const slots = await open(LOOPBACK, { count: 2 })
    assert.equal(slots.mode, 'per-worker')
    await everyoneAnswers(slots, [await work(slots.fd(0)), await work(slots.fd(1))])
  })

  it('hand the accept queue of a dead worker to the next one', async () => {
    await inheritsTheQueue(await open(LOOPBACK, { count: 1 }))
  })

  it('share the port that the system gave to the first one', async () => {
    const slots = await open(LOOPBACK, { count: 3 })
    assert.notEqual(tcp(slots).port, 0)
    assert.equal(new Set([0, 1, 2].map((slot) => slots.fd(slot))).size, 3)
  })

  it('listen on an IPv6 address', async () => {
    const slots = await open({ host: '::1', port: 0 }, { count: 2 })
    assert.equal(tcp(slots).family, 'IPv6')
    await everyoneAnswers(slots, [await work(slots.fd(0)), await work(slots.fd(1))])
  })

  it('look a host name up', async () => {
    const slots = await open({ host: 'localhost', port: 0 }, { count: 1 })
    assert.match(tcp(slots).address, /^(127\.0\.0\.1|::1)$/)
  })

  it('tell which sockets have no worker of their own, each as one and the same view', async () => {
    const slots = await open(LOOPBACK, { count: 3 })
    const orphans = slots.orphans((slot) => slot !== 1)
    assert.deepEqual([...orphans.keys()], [1])
    assert.equal(slots.orphans(() => false).get(1), orphans.get(1))
    assert.deepEqual([...slots.orphans(() => true)], [])
    slots.shrink()
    assert.deepEqual([...slots.orphans(() => true).keys()], [2], 'also one without a slot')
  })

  it('grow and shrink at the end', async () => {
    const slots = await open(LOOPBACK, { count: 1 })
    slots.grow(2)
    assert.equal(slots.size, 3)
    const added = await work(slots.fd(2))
    assert.equal(await ask(slots), added.pid)
    slots.shrink()
    assert.equal(slots.size, 2)
    assert.throws(() => slots.fd(2), { code: 'TSRV_LISTEN_FAILED' })
    slots.grow()
    assert.equal(slots.orphans(() => true).size, 0)
    assert.equal(await ask(slots), added.pid, 'its socket was kept')
  })

  it('free the address when they are closed', async () => {
    const first = await open(LOOPBACK, { count: 2 })
    await kill(await work(first.fd(0)))
    const { address, port } = tcp(first)
    first.close()
    first.close()
    const second = await open({ host: address, port }, { count: 2 })
    assert.equal(tcp(second).port, port)
  })
})

describe('shared slots', () => {
  it('let every worker accept from the one socket', async () => {
    const slots = await open(LOOPBACK, { count: 2, mode: 'shared' })
    assert.equal(slots.mode, 'shared')
    assert.equal(slots.fd(0), slots.fd(1))
    await everyoneAnswers(slots, [await work(slots.fd(0)), await work(slots.fd(1))])
  })

  it('hand the accept queue to the next worker', async () => {
    await inheritsTheQueue(await open(LOOPBACK, { count: 1, mode: 'shared' }))
  })

  it('grow, shrink and close without losing the socket too early', async () => {
    const slots = await open(LOOPBACK, { count: 2, mode: 'shared' })
    slots.shrink()
    const worker = await work(slots.fd(0))
    slots.grow(2)
    assert.equal(slots.fd(2), slots.fd(0))
    assert.equal(await ask(slots), worker.pid)
    slots.close()
    assert.throws(() => slots.fd(0), { code: 'TSRV_LISTEN_FAILED' })
  })

  it('serve a Unix socket, whose file goes when they are closed', async () => {
    const file = path.join(folder, 'app.sock')
    const slots = await open({ path: file }, { count: 2 })
    assert.equal(slots.address(), file)
    await everyoneAnswers(slots, [await work(slots.fd(0)), await work(slots.fd(1))])
    slots.close()
    assert.equal(existsSync(file), false)
  })

  it('hand the accept queue of a Unix socket to the next worker', async () => {
    await inheritsTheQueue(await open({ path: path.join(folder, 'app.sock') }, { count: 1 }))
  })

  for (const target of [LOOPBACK, { host: '::1', port: 0 }, { path: 'old.sock' }]) {
    it(`work without net.BoundSocket too (${JSON.stringify(target)})`, async () => {
      const place = 'path' in target ? { path: path.join(folder, target.path) } : target
      const bound = bindWithServerHandle(place)
      assert.ok(!('failed' in bound))
      try {
        await everyoneAnswers(bound, [await work(bound.fd()), await work(bound.fd())])
      } finally {
        bound.close()
      }
    })
  }
})
