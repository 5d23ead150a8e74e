import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import {
  findPortHolder,
  findUnixHolder,
  isTsrvCommand,
  listeningInodes,
} from '../../../src/supervisor/port-holder.ts'

const onLinux = { skip: process.platform !== 'linux' }
const HEAD =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n'

function portOf(server: Server): number {
  const address = server.address()
  assert.ok(typeof address === 'object' && address !== null)
  return address.port
}

function row(local: string, inode: number, state = '0A'): string {
  return `   0: ${local} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000     0        0 ${inode} 1 0 100 0 0 10 0\n`
}

describe('reading /proc/net/tcp', () => {
  it('finds the listener of an IPv4 address', () => {
    const table = HEAD + row('0100007F:1F90', 11) + row('0200007F:1F90', 12) + row('0100007F:1F91', 13)
    assert.deepEqual(listeningInodes(table, { host: '127.0.0.1', port: 8080 }), ['11'])
  })

  it('finds the listener of an IPv6 address however it is spelled', () => {
    const table = HEAD + row('00000000000000000000000001000000:1F90', 21)
    assert.deepEqual(listeningInodes(table, { host: '0:0:0:0:0:0:0:1', port: 8080 }), ['21'])
    assert.deepEqual(listeningInodes(table, { host: '::2', port: 8080 }), [])
  })

  it('counts listeners on all addresses, and all listeners when all addresses are wanted', () => {
    const all = HEAD + row('00000000:1F90', 31) + row('00000000000000000000000000000000:1F90', 32)
    assert.deepEqual(listeningInodes(all, { host: '127.0.0.1', port: 8080 }), ['31', '32'])
    assert.deepEqual(listeningInodes(row('0100007F:1F90', 33), { host: '0.0.0.0', port: 8080 }), ['33'])
  })

  it('takes an IPv4 address in IPv6 clothes for IPv4', () => {
    const table = HEAD + row('0000000000000000FFFF00000100007F:1F90', 41)
    assert.deepEqual(listeningInodes(table, { host: '127.0.0.1', port: 8080 }), ['41'])
  })

  it('ignores connections, which are not listeners', () => {
    assert.deepEqual(listeningInodes(row('0100007F:1F90', 51, '01'), { host: '127.0.0.1', port: 8080 }), [])
  })

  it('survives any text', () => {
    fc.assert(
      fc.property(fc.string(), fc.ipV6(), (text, host) => {
        assert.ok(Array.isArray(listeningInodes(text, { host, port: 1 })))
      }),
    )
  })
})

describe('the holder of an address', () => {
  let proc = ''
  beforeEach(() => {
    proc = mkdtempSync(path.join(tmpdir(), 'tsrv-proc-'))
    mkdirSync(path.join(proc, 'net'))
    writeFileSync(path.join(proc, 'net/tcp'), HEAD + row('0100007F:1F90', 77))
    writeFileSync(
      path.join(proc, 'net/unix'),
      `Num\n0000: 00000002 00000000 00010000 0001 01 77 @tsrv-listen/x\n`,
    )
  })
  afterEach(() => rmSync(proc, { recursive: true, force: true }))

  function plant(pid: number, parent: number, command: string, inode: number): void {
    mkdirSync(path.join(proc, `${pid}/fd`), { recursive: true })
    symlinkSync(`socket:[${inode}]`, path.join(proc, `${pid}/fd/9`))
    writeFileSync(path.join(proc, `${pid}/cmdline`), command)
    const rest = Array.from({ length: 30 }, () => 0).join(' ')
    writeFileSync(path.join(proc, `${pid}/stat`), `${pid} (node) S ${parent} ${rest}`)
  }
  const wanted = { host: '127.0.0.1', port: 8080 }

  it('is the process that handed the socket down, not a child that inherited it', () => {
    plant(20, 30, 'tsrv: http 0\0\0\0', 77)
    plant(30, 1, 'tsrv: supervisor\0\0', 77)
    plant(40, 1, 'bystander', 78)
    assert.deepEqual(findPortHolder(wanted, { proc }), { pid: 30, command: 'tsrv: supervisor' })
    assert.deepEqual(findUnixHolder('@tsrv-listen/x', { proc }), { pid: 30, command: 'tsrv: supervisor' })
  })

  it('is told without control characters and at a bearable length', () => {
    plant(20, 1, `node\0a\u001B[2Jb\0${'x'.repeat(500)}\0`, 77)
    const command = findPortHolder(wanted, { proc })?.command ?? ''
    assert.match(command, /^node a \[2Jb x+…$/)
    assert.equal(command.length, 121)
  })

  it('is unknown when no process can be seen to have it', () => {
    assert.equal(findPortHolder(wanted, { proc }), undefined)
    assert.equal(findPortHolder({ ...wanted, port: 1 }, { proc }), undefined)
    assert.equal(findUnixHolder('@other', { proc }), undefined)
    assert.equal(findPortHolder(wanted, { proc: path.join(proc, 'none') }), undefined)
  })

  it('is given up on when the time is over', () => {
    plant(20, 1, 'node', 77)
    assert.equal(findPortHolder(wanted, { proc, budget: -1 }), undefined)
  })

  it('is found on this machine with 50 ms of CPU time', onLinux, async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const target = { host: '127.0.0.1', port: portOf(server) }
    const searches = Array.from({ length: 10 }, () => {
      const before = process.cpuUsage()
      const holder = findPortHolder(target, { budget: 10_000 })
      assert.equal(holder?.pid, process.pid)
      const { user, system } = process.cpuUsage(before)
      return (user + system) / 1000
    })
    server.close()
    // The quickest one: the first ones compile.
    assert.ok(Math.min(...searches) < 50, `took ${Math.min(...searches)} ms`)
  })

  it('is another process when another process listens', onLinux, async () => {
    const script = `require('node:net').createServer().listen(0, '127.0.0.1', function () { console.log(this.address().port) })`
    const child = spawn(process.execPath, ['-e', script])
    try {
      const [port] = await once(child.stdout, 'data')
      const holder = findPortHolder({ host: '127.0.0.1', port: Number(String(port)) }, { budget: 10_000 })
      assert.equal(holder?.pid, child.pid)
      assert.match(holder?.command ?? '', /createServer/)
    } finally {
      child.kill('SIGKILL')
    }
  })
})

describe('a command line of tsrv', () => {
  it('is known by the titles of our processes and by the name of the program', () => {
    for (const command of [
      'tsrv: supervisor',
      'node /srv/node_modules/.bin/tsrv start',
      'node ../bin/tsrv.js start',
    ]) {
      assert.equal(isTsrvCommand(command), true, command)
    }
  })

  it('is not every one that has the letters in it', () => {
    for (const command of ['nginx: master', 'node atsrv', 'vi tsrv.config.ts', 'node /home/tsrv/app.js']) {
      assert.equal(isTsrvCommand(command), false, command)
    }
  })
})
