import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, it } from 'node:test'
import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { requestReload, requestRestart, requestStatus, requestStop } from '../../../src/control/client.ts'
import { MAX_CONTROL_BODY, type ReloadRequest, type StopRequest } from '../../../src/control/protocol.ts'
import { TsrvError } from '../../../src/errors.ts'
import { ControlServer, type ControlHandlers } from '../../../src/control/server.ts'
import { STATUS } from '../../fixtures/control-status.ts'

let folder = ''
let file = ''
let server = new ControlServer()
let stops: StopRequest[] = []
let reloads: ReloadRequest[] = []
let restarts = 0
const handlers: ControlHandlers = {
  status: () => STATUS,
  stop: (request) => stops.push(request),
  reload: async (request) => {
    reloads.push(request)
    if (request.workers === 13)
      throw new TsrvError('SERVICE_MISSING', { service: 'luck', reason: 'it never has' })
    return { generation: 2, replaced: ['http 0'], warnings: [] }
  },
  scale: async ({ workers = 2, taskWorkers = 1 }) => {
    if (workers === 'auto' || taskWorkers === 'auto')
      throw new TsrvError('SCALE_FAILED', { reason: 'no CPU' })
    return { workers, taskWorkers, before: { workers: 2, taskWorkers: 1 } }
  },
  restart: async () => {
    if (++restarts === 2) throw new TsrvError('RESTART_FAILED', { reason: 'no luck' })
  },
  askTasks: () => Promise.reject(new TsrvError('TASK_SERVER_MISSING')),
  work: () => 0,
  orderWork: () => false,
}

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'tsrv-control-'))
  file = path.join(folder, 'control.sock')
  server = new ControlServer()
  stops = []
  reloads = []
  restarts = 0
})
afterEach(async () => {
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
})

function dial(): Socket {
  return connect({ path: file, signal: AbortSignal.timeout(5_000) })
}

/** Sends bytes as they are and gives back all that comes until the connection is closed. */
async function exchange(bytes: string): Promise<string> {
  const socket = dial()
  socket.end(bytes)
  return await text(socket)
}

function post(body: string): string {
  return `POST /stop HTTP/1.1\r\nhost: x\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
}

async function stillAnswers(): Promise<void> {
  assert.deepEqual(await requestStatus(file), STATUS)
}

describe('the control server', () => {
  it('tells its status', async () => {
    await server.start(file, handlers)
    assert.deepEqual(await requestStatus(file), STATUS)
  })

  it('agrees to a stop, gentle or forced', async () => {
    await server.start(file, handlers)
    assert.equal(await requestStop(file), true)
    assert.equal(await requestStop(file, { force: true }), true)
    assert.deepEqual(stops, [{ force: false }, { force: true }])
  })

  it('takes a stop without a body, and answers 202', async () => {
    await server.start(file, handlers)
    assert.match(await exchange(post('')), /^HTTP\/1\.1 202 /)
    assert.deepEqual(stops, [{ force: false }])
  })

  it('lets nobody but its user connect, whatever the umask', async () => {
    const before = process.umask(0)
    try {
      await server.start(file, handlers)
    } finally {
      process.umask(before)
    }
    assert.equal((statSync(file).mode & 0o777).toString(8), '600')
  })

  it('answers 404 with code and message where it has no route', async () => {
    await server.start(file, handlers)
    for (const request of ['GET /', 'POST /status', 'GET /stop', 'GET /status/', 'OPTIONS *']) {
      const answer = await exchange(`${request} HTTP/1.1\r\nhost: x\r\n\r\n`)
      assert.match(answer, /^HTTP\/1\.1 404 /)
      const body = JSON.parse(answer.slice(answer.indexOf('\r\n\r\n'))) as unknown
      assert.deepEqual(body, { code: 'NOT_FOUND', message: `No route ${request}` })
    }
  })

  it('refuses a stop it cannot understand', async () => {
    await server.start(file, handlers)
    for (const body of ['{', 'null', '1', '{"force":"yes"}']) {
      assert.match(await exchange(post(body)), /^HTTP\/1\.1 400 /)
    }
    assert.deepEqual(stops, [])
  })

  it('refuses a body over the limit and closes the connection', async () => {
    await server.start(file, handlers)
    const answer = await exchange(post(' '.repeat(MAX_CONTROL_BODY + 1)))
    assert.match(answer, /^HTTP\/1\.1 413 /)
    assert.deepEqual(stops, [])
    assert.match(await exchange(post('{}'.padEnd(MAX_CONTROL_BODY))), /^HTTP\/1\.1 202 /)
  })

  it('refuses headers over the limit', async () => {
    await server.start(file, handlers)
    assert.match(
      await exchange(`GET /status HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`),
      /^HTTP\/1\.1 431 /,
    )
  })

  it('closes anything that is not HTTP and lives on', async () => {
    await server.start(file, handlers)
    await fc.assert(
      fc.asyncProperty(fc.string({ minLength: 1, unit: 'binary' }), async (bytes) => {
        const answer = await exchange(bytes)
        assert.ok(answer === '' || /^HTTP\/1\.1 4\d\d /.test(answer), answer)
      }),
      { numRuns: 50 },
    )
    await stillAnswers()
  })

  it('lives on when an asker goes away in the middle of a request', async () => {
    await server.start(file, handlers)
    const socket = dial()
    await once(socket, 'connect')
    socket.write('POST /stop HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{"for')
    socket.destroy()
    await once(socket, 'close')
    await stillAnswers()
    assert.deepEqual(stops, [])
  })

  it('answers 500 when a handler throws, and lives on', async () => {
    let broken = true
    const status: ControlHandlers['status'] = () => {
      if (broken) throw new Error('not now')
      return STATUS
    }
    await server.start(file, { ...handlers, status })
    await assert.rejects(requestStatus(file), { code: 'TSRV_CONTROL_FAILED', message: /not now/ })
    broken = false
    await stillAnswers()
  })
})

describe('the life of the control server', () => {
  it('replaces the socket file of a server that died', async () => {
    writeFileSync(file, '')
    await server.start(file, handlers)
    await stillAnswers()
  })

  it('replaces a planted link without following it', async () => {
    const victim = path.join(folder, 'victim')
    writeFileSync(victim, 'mine')
    symlinkSync(victim, file)
    await server.start(file, handlers)
    assert.equal(existsSync(victim), true)
    await stillAnswers()
  })

  it('leaves no socket file behind, and may be stopped twice', async () => {
    await server.start(file, handlers)
    await Promise.all([server.stop(), server.stop()])
    await server.stop()
    assert.equal(existsSync(file), false)
    assert.equal(await requestStatus(file), undefined)
  })

  it('ends a start that is under way when it is stopped', async () => {
    const starting = server.start(file, handlers)
    await server.stop()
    await starting
    assert.equal(existsSync(file), false)
  })

  it('does not wait for an asker who never finishes', async () => {
    await server.start(file, handlers)
    const socket = dial()
    await once(socket, 'connect')
    socket.write('POST /stop HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n')
    await stillAnswers()
    const closed = once(socket, 'close')
    socket.resume().on('error', () => {})
    await server.stop()
    await closed
  })

  it('is started only once', async () => {
    await server.start(file, handlers)
    await assert.rejects(server.start(file, handlers), { code: 'TSRV_ALREADY_STARTED' })
  })

  it('says so when the path cannot be listened on', async () => {
    const missing = path.join(folder, 'no', 'control.sock')
    await assert.rejects(server.start(missing, handlers), { code: 'TSRV_RUN_DIR_UNUSABLE' })
  })

  it('is disposed of with `await using`', async () => {
    {
      await using scoped = new ControlServer()
      await scoped.start(file, handlers)
    }
    assert.equal(existsSync(file), false)
  })

  it('refuses other users', { skip: process.getuid?.() !== 0 }, async () => {
    chmodSync(folder, 0o755)
    mkdirSync(path.join(folder, 'run'), { mode: 0o755 })
    const open = path.join(folder, 'run', 'control.sock')
    await server.start(open, handlers)
    const script = `
      process.setgid(65534)
      process.setuid(65534)
      const socket = require('node:net').connect(process.argv[1], () => process.exit())
      socket.on('error', (error) => console.log(error.code))`
    const child = spawn(process.execPath, ['-e', script, open])
    assert.equal((await text(child.stdout)).trim(), 'EACCES')
  })
})

describe('a reload over the control socket', () => {
  it('is answered when new code has taken over', async () => {
    await server.start(file, handlers)
    const report = await requestReload(file, { workers: 3, only: 'http' }, {})
    assert.deepEqual(report, { generation: 2, replaced: ['http 0'], warnings: [] })
    assert.deepEqual(reloads, [{ workers: 3, only: 'http' }])
  })

  it('that fails says why the old code stays', async () => {
    await server.start(file, handlers)
    await assert.rejects(requestReload(file, { workers: 13 }, {}), {
      code: 'TSRV_RELOAD_FAILED',
      message: /old code keeps running: The container has no service "luck"/,
    })
  })

  it('is refused with counts that are none', async () => {
    await server.start(file, handlers)
    await assert.rejects(requestReload(file, { workers: 0 }, {}), { code: 'TSRV_CONTROL_FAILED' })
    assert.deepEqual(reloads, [])
  })

  it('finds no server where none runs', async () => {
    assert.equal(await requestReload(file, {}, {}), undefined)
  })
})

describe('a restart over the control socket', () => {
  it('is agreed to when it has begun, and refused with the reason why it has not', async () => {
    await server.start(file, handlers)
    assert.equal(await requestRestart(file, {}), true)
    await assert.rejects(requestRestart(file, {}), {
      code: 'TSRV_RESTART_FAILED',
      message: 'Restart failed, the old code keeps running: no luck',
    })
    await stillAnswers()
    await server.stop()
    assert.equal(await requestRestart(file, {}), false, 'nobody is there')
  })
})
