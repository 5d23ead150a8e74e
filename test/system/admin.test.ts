/** The admin listener of a running server: what probes see in every state of it, and a port that cannot be had. */
import assert from 'node:assert/strict'
import { existsSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import path from 'node:path'
import { describe, it } from 'node:test'
import { until } from '../until.ts'
import { freePort } from './free-port.ts'
import { project, tsrv } from './project.ts'
import { ServerUnderTest } from './server-under-test.ts'

interface Answer {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}

async function ask(url: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  const response = await fetch(url, { headers })
  return { status: response.status, body: (await response.json()) as Answer['body'] }
}

async function adminOf(server: ServerUnderTest): Promise<string> {
  const { admin } = await server.status()
  assert.match(admin ?? '', /^http:\/\/127\.0\.0\.1:\d+$/)
  return admin ?? ''
}

/** Waits for a file at its start and at each request. */
const SLOW_BOOT = `import { existsSync, writeSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
while (!existsSync('go')) await pause(5)
export default (request) => {
  if (request.url.endsWith('/block')) {
    writeSync(1, 'blocks\\n')
    for (;;);
  }
  if (request.url.endsWith('/exit')) process.exit(1)
  return new Response('')
}`

describe('the admin listener', () => {
  it('is not there unless it is asked for', async () => {
    await using server = await ServerUnderTest.start('plain-app', { args: ['-w', '1'] })
    assert.equal((await server.status()).admin, undefined)
  })

  it('answers while the server starts, and is ready when it is', async () => {
    const port = await freePort()
    const admin = `http://127.0.0.1:${port}`
    const files = { 'app.js': SLOW_BOOT }
    await using server = ServerUnderTest.launch('plain-app', { files, args: ['-o', `admin.port=${port}`] })
    const early = (): Promise<Answer | undefined> => ask(`${admin}/ready`).catch(() => undefined)
    await until(async () => (await early())?.status === 503, 'the first answer')
    assert.deepEqual((await ask(`${admin}/ready`)).body, {
      ready: false,
      state: 'starting',
      reason: 'the server is starting',
    })
    assert.equal((await ask(`${admin}/live`)).status, 200)
    writeFileSync(path.join(server.dir, 'go'), '')
    await until(async () => (await early())?.status === 200, 'the server to be ready')
    assert.equal((await ask(`${admin}/status`)).body['state'], 'ready')
  })

  it('is in the ready record and in the status, where `tsrv status` shows it', async () => {
    await using server = await ServerUnderTest.start('plain-app', { args: ['-w', '1', '-o', 'admin.port=0'] })
    const admin = await adminOf(server)
    const ready = await server.log((record) => record['event'] === 'ready', 'the ready record')
    assert.equal(ready['admin'], admin)
    assert.match((await tsrv(server.dir, ['status'])).stdout, new RegExp(`admin ${admin}\n`))
  })

  it('answers although every worker is blocked: the supervisor does', async () => {
    const files = { 'app.js': SLOW_BOOT, go: '' }
    await using server = await ServerUnderTest.start('plain-app', {
      files,
      args: ['-w', '1', '-o', 'admin.port=0'],
    })
    const admin = await adminOf(server)
    const worker = await server.pidOf('http')
    try {
      server.request('/block').catch(() => {})
      await server.log(({ msg }) => msg === 'blocks', 'the block')
      const { status, body } = await ask(`${admin}/status`)
      assert.deepEqual([status, body['pid']], [200, server.pid])
      assert.equal((await ask(`${admin}/live`)).status, 200)
    } finally {
      // It would not notice the end of its supervisor.
      process.kill(worker, 'SIGKILL')
    }
  })

  it('says no when no worker stays alive, and that there is no hope any more', async () => {
    const files = { 'app.js': SLOW_BOOT, go: '' }
    const args = ['-w', '1', '-o', 'admin.port=0', '-o', 'processes.maxRestarts=0']
    await using server = await ServerUnderTest.start('plain-app', { files, args })
    const admin = await adminOf(server)
    await assert.rejects(server.request('/exit'))
    await until(async () => (await ask(`${admin}/live`)).status === 503, 'the server to be given up')
    const { status, body } = await ask(`${admin}/ready`)
    assert.deepEqual([status, body['state']], [503, 'unhealthy'])
  })

  it('goes on saying ready when a service has failed: nobody serves better without this server', async () => {
    const files = {
      'once.ts': 'export default () => process.exit(3)',
      'tsrv.config.ts': `export default { services: { once: { module: './once.ts', restart: 'no' } } }`,
    }
    await using server = await ServerUnderTest.start('plain-app', { files, args: ['-o', 'admin.port=0'] })
    const admin = await adminOf(server)
    await until(async () => (await server.status()).state === 'unhealthy', 'the failure in the status')
    assert.equal((await tsrv(server.dir, ['status'])).code, 1)
    assert.deepEqual(await ask(`${admin}/ready`), { status: 200, body: { ready: true } })
    assert.equal((await server.request('/')).status, 200)
  })

  it('wants the token for the status, also from this machine, and does not show it', async () => {
    const env = { TSRV_ADMIN__TOKEN: 'correct horse' }
    const args = ['-o', 'admin.port=0', '-o', 'admin.host=0.0.0.0']
    await using server = await ServerUnderTest.start('plain-app', { args, env })
    const port = new URL((await server.status()).admin ?? '').port
    const admin = `http://127.0.0.1:${port}`
    assert.equal((await ask(`${admin}/status`)).status, 401)
    const { status, body } = await ask(`${admin}/status`, { authorization: 'Bearer correct horse' })
    assert.deepEqual([status, body['name']], [200, 'tsrv'])
    assert.equal((await ask(`${admin}/ready`)).status, 200)
    const shown = await tsrv(server.dir, ['config', ...args], env)
    assert.match(shown.stdout, /"token": "\(set\)"/)
    assert.ok(!JSON.stringify([server.logs, body, shown]).includes('correct horse'))
  })

  it('that cannot have its port stops the start before any process, and says who has it', async () => {
    const holder = net.createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => holder.once('listening', resolve))
    const { port } = holder.address() as net.AddressInfo
    const dir = project('plain-app', {
      'app.js': `import { writeFileSync } from 'node:fs'; writeFileSync('ran', '')`,
    })
    const { code, stderr } = await tsrv(dir, ['start', '-o', 'port=0', '-o', `admin.port=${port}`])
    holder.close()
    assert.equal(code, 1)
    // On a busy machine the search for the holder is given up.
    const holds = new RegExp(
      `^✖ Cannot open the admin listener on 127\\.0\\.0\\.1:${port}: it is already in use( by pid ${process.pid} .*)?\\. Choose`,
    )
    assert.match(stderr, holds)
    assert.deepEqual(
      [existsSync(path.join(dir, 'ran')), existsSync(path.join(dir, '.tsrv/server.json'))],
      [false, false],
    )
  })

  it('cannot have the port of the server itself', async () => {
    const port = await freePort()
    const args = ['start', '-o', `port=${port}`, '-o', `admin.port=${port}`]
    const { code, stderr } = await tsrv(project('plain-app'), args)
    assert.equal(code, 1)
    assert.match(stderr, /it is the port of this server itself/)
  })
})
