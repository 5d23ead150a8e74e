import { once } from 'node:events'
import { createServer as createHttpServer, type RequestListener } from 'node:http'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import assert from 'node:assert/strict'
import { requestStatus, requestStop } from '../../../src/control/client.ts'

const failed = 'TSRV_CONTROL_FAILED'
let folder = ''
let file = ''
let peers: Server[] = []

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'tsrv-client-'))
  file = path.join(folder, 'control.sock')
})
afterEach(() => {
  for (const peer of peers) peer.close()
  peers = []
  rmSync(folder, { recursive: true, force: true })
})

async function listen(peer: Server): Promise<void> {
  peers.push(peer)
  await once(peer.listen(file), 'listening')
}

function answering(listener: RequestListener): Promise<void> {
  return listen(createHttpServer(listener))
}

describe('asking over the control socket', () => {
  it('finds no server where there is no socket', async () => {
    assert.equal(await requestStatus(file), undefined)
    assert.equal(await requestStop(file), false)
  })

  it('finds no server behind a file that is no socket, or a folder that is a file', async () => {
    writeFileSync(file, '')
    assert.equal(await requestStatus(file), undefined)
    assert.equal(await requestStatus(path.join(file, 'control.sock')), undefined)
  })

  it('gives up at its deadline, naming server, socket and time', async () => {
    await listen(createServer((socket) => socket.on('error', () => {}).resume()))
    await assert.rejects(requestStatus(file, { timeout: 30, pid: 4711 }), {
      code: failed,
      message: `The server (pid 4711) did not answer on ${file}: no answer within 30 ms.`,
    })
  })

  it('gives up at its deadline in the middle of an answer', async () => {
    await answering((_request, response) => response.write('{'))
    await assert.rejects(requestStatus(file, { timeout: 100 }), { code: failed, message: /within 100 ms/ })
  })

  it(
    'rejects with the reason of its signal, without waiting for its deadline',
    { timeout: 3_000 },
    async () => {
      await listen(createServer((socket) => socket.on('error', () => {}).resume()))
      const reason = new Error('enough')
      const control = new AbortController()
      const asking = requestStatus(file, { signal: control.signal })
      control.abort(reason)
      await assert.rejects(asking, reason)
      await assert.rejects(requestStop(file, {}, { signal: control.signal }), reason)
    },
  )

  it('does not believe a stranger on the socket', async () => {
    await answering((_request, response) => response.end('{"hello":"world"}'))
    await assert.rejects(requestStatus(file), { code: failed, message: /not a tsrv server/ })
  })

  it('reports a peer that does not speak HTTP or hangs up', async () => {
    await listen(createServer((socket) => socket.on('error', () => {}).end('what?')))
    await assert.rejects(requestStatus(file), { code: failed })
  })

  it('passes on why the server refused', async () => {
    await answering((_request, response) => {
      response.writeHead(503).end('{"code":"BUSY","message":"stopping already"}')
    })
    await assert.rejects(requestStop(file), { code: failed, message: /stopping already/ })
  })

  it('does not read an endless answer', async () => {
    await answering((_request, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write('x'.repeat(65_536)));
      }
      response.on('drain', more)
      more()
    })
    await assert.rejects(requestStatus(file), { code: failed, message: /longer than/ })
  })
})
