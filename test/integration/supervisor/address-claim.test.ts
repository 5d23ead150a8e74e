import { fork, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer, type AddressInfo, type NetConnectOpts } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import assert from 'node:assert/strict'
import { bind } from '../../../src/supervisor/bind.ts'
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

describe('an address that is taken', () => {
  it('is refused when another program listens there', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    try {
      const target = { host: '127.0.0.1', port: tcp(other).port }
      await assert.rejects(open(target, { count: 2 }), { code: 'TSRV_PORT_IN_USE' })
      await assert.rejects(open(target, { count: 2, mode: 'shared' }), { code: 'TSRV_PORT_IN_USE' })
    } finally {
      other.close()
    }
  })

  it('is refused naming the process that holds it', onLinux, async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const target = { host: '127.0.0.1', port: tcp(other).port }
    // The search for the holder has a deadline, which a busy machine may miss once.
    let message = ''
    for (let tried = 0; tried < 10 && !message.includes('pid'); tried += 1) {
      message = await open(target, { count: 1 }).then(String, String)
    }
    other.close()
    assert.ok(message.includes(`127.0.0.1:${target.port} is already in use by pid ${process.pid} (`), message)
  })

  it('is refused when the sockets of another server share it and listen', onLinux, async () => {
    const stranger = bind({ ...LOOPBACK, reusePort: true })
    assert.ok(!('failed' in stranger))
    await work(stranger.fd())
    const { port } = tcp(stranger)
    await assert.rejects(open({ host: '127.0.0.1', port }, { count: 1 }), { code: 'TSRV_PORT_IN_USE' })
    await assert.rejects(open({ host: '0.0.0.0', port }, { count: 1 }), { code: 'TSRV_PORT_IN_USE' })
    stranger.close()
  })

  it('is refused while another tsrv server has bound it but does not listen yet', onLinux, async () => {
    const free = await open(LOOPBACK, { count: 1 })
    const target = { host: '127.0.0.1', port: tcp(free).port }
    free.close()
    await open(target, { count: 1 })
    const refusal = /is already in use by another tsrv server/
    await assert.rejects(open(target, { count: 1 }), { code: 'TSRV_PORT_IN_USE', message: refusal })
    await assert.rejects(open(target, { count: 1, mode: 'shared' }), { code: 'TSRV_PORT_IN_USE' })
  })

  it('is refused while a Unix socket there is answered', async () => {
    const file = path.join(folder, 'app.sock')
    const other = createServer().listen(file)
    await once(other, 'listening')
    await assert.rejects(open({ path: file }, { count: 1 }), { code: 'TSRV_PORT_IN_USE' })
    assert.equal(existsSync(file), true)
    other.close()
  })

  it(
    'is refused while another tsrv server has bound a Unix socket but does not listen yet',
    onLinux,
    async () => {
      const target = { path: path.join(folder, 'app.sock') }
      await open(target, { count: 1 })
      await assert.rejects(open(target, { count: 1 }), { code: 'TSRV_PORT_IN_USE' })
      assert.equal(existsSync(target.path), true)
    },
  )
})

describe('an address that cannot be had', () => {
  it('is taken over when only the file of a dead Unix socket is left', async () => {
    const stale = path.join(folder, 'stale.sock')
    await leaveStaleSocket(stale)
    const slots = await open({ path: stale }, { count: 1 })
    const worker = await work(slots.fd(0))
    assert.equal(await ask(slots), worker.pid)
  })

  it('is refused when the path is a file that is no socket', async () => {
    const file = path.join(folder, 'notes.txt')
    writeFileSync(file, 'keep me')
    await assert.rejects(open({ path: file }, { count: 1 }), {
      code: 'TSRV_LISTEN_FAILED',
      message: /not a socket/,
    })
    assert.equal(existsSync(file), true)
  })

  it('is explained when no interface has it', async () => {
    await assert.rejects(open({ host: '192.0.2.1', port: 0 }, { count: 1 }), {
      code: 'TSRV_LISTEN_FAILED',
      message: /192\.0\.2\.1:0: no network interface/,
    })
  })

  it('is explained when the folder of a Unix socket is missing', async () => {
    const file = path.join(folder, 'no', 'app.sock')
    await assert.rejects(open({ path: file }, { count: 1 }), {
      code: 'TSRV_LISTEN_FAILED',
      message: /EACCES|ENOENT/,
    })
  })

  it('is not asked for after an abort', async () => {
    await assert.rejects(open({ host: '127.0.0.1', port: 9 }, { count: 1, signal: AbortSignal.abort() }), {
      name: 'AbortError',
    })
  })

  it('leaves nothing claimed behind when binding failed', onLinux, async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const target = { host: '127.0.0.1', port: tcp(other).port }
    await assert.rejects(open(target, { count: 1 }), { code: 'TSRV_PORT_IN_USE' })
    other.close()
    await once(other, 'close')
    assert.equal(tcp(await open(target, { count: 1 })).port, target.port)
  })
})

/** The file that a server leaves which was killed: bound in a process that then dies. */
async function leaveStaleSocket(file: string): Promise<void> {
  const script = `require('node:net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))`
  await once(spawn(process.execPath, ['-e', script, file]), 'exit')
  assert.equal(existsSync(file), true)
}
