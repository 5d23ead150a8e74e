/**
 * Both Dockerfiles, built and run by podman. It takes minutes, so `npm run test:container` runs it and `npm test` does
 * not. Needs the image node:24-bookworm-slim locally; nothing is pulled. Flags that a machine needs are taken from
 * TSRV_TEST_PODMAN_FLAGS (before the verb) and TSRV_TEST_BUILD_FLAGS (after `build`), or from CONTAINERS_CONF.
 */
import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { packTarball } from '../../scripts/pack.ts'
import type { Status } from '../../src/control/protocol.ts'
import { until } from '../until.ts'

const ROOT = path.resolve(import.meta.dirname, '../..')
const COMPLETE_LOCKFILE = path.join(ROOT, 'scripts/complete-lockfile.ts')
const BASE = 'docker.io/library/node:24-bookworm-slim'
const IMAGE = `localhost/tsrv-test-${process.pid}`

const { env } = process
const engineFlags = (env['TSRV_TEST_PODMAN_FLAGS'] ?? '').split(' ').filter(Boolean)
const buildFlags = (env['TSRV_TEST_BUILD_FLAGS'] ?? '').split(' ').filter(Boolean)
const skip = whySkipped()

function whySkipped(): string | false {
  if (env['TSRV_TEST_CONTAINER'] === undefined) return 'skipped: npm run test:container runs it'
  if (spawnSync('podman', ['--version']).status !== 0) return 'skipped: there is no podman here'
  const { status } = spawnSync('podman', [...engineFlags, 'image', 'exists', BASE])
  return status === 0 ? false : `skipped: podman has no image ${BASE}`
}

async function podman(...args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)('podman', [...engineFlags, ...args])
  return stdout.trim()
}

async function build(image: string, folder: string): Promise<void> {
  const fixed = ['--format', 'docker', '--pull=never', '--network', 'host', '--tag', image]
  await podman('build', ...fixed, ...buildFlags, folder)
}

/** Answers after `?ms=`; `/orphan` leaves a process behind, `/zombies` counts those that nobody reaped. */
const APP = `import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
const isZombie = (pid: string) => {
  try { return /^\\d+ \\(.*\\) Z/.test(readFileSync('/proc/' + pid + '/stat', 'utf8')) } catch { return false }
}
export default async (request: Request) => {
  const { pathname, searchParams } = new URL(request.url)
  if (pathname === '/orphan') spawn('sh', ['-c', 'sleep 0.05 & exit 0'])
  if (pathname === '/zombies') return Response.json(readdirSync('/proc').filter(isZombie).length)
  if (searchParams.has('ms')) {
    console.log('entered')
    await new Promise((resolve) => setTimeout(resolve, Number(searchParams.get('ms'))))
  }
  return new Response('answered')
}`

class Container implements AsyncDisposable {
  readonly #name: string

  private constructor(name: string) {
    this.#name = name
  }

  static async run(flags: readonly string[] = [], image = IMAGE): Promise<Container> {
    const name = await podman(
      'run',
      '--detach',
      '--pull=never',
      '--network',
      'host',
      '--env',
      'PORT=0',
      ...flags,
      image,
    )
    return new Container(name)
  }

  /** Everything that was printed. */
  async output(): Promise<string> {
    const { stdout, stderr } = await promisify(execFile)('podman', [...engineFlags, 'logs', this.#name])
    return stdout + stderr
  }

  async prints(text: string): Promise<void> {
    let output = ''
    await until(
      async () => (output = await this.output()).includes(text),
      `the container to print "${text}"`,
      () => output,
    )
  }

  /** Waits until it is ready. */
  async url(): Promise<string> {
    await this.prints('"event":"ready"')
    const { urls } = JSON.parse(await this.exec('tsrv', 'status', '--json')) as Status
    return (urls[0] ?? '').replace('0.0.0.0', '127.0.0.1')
  }

  exec(...command: readonly string[]): Promise<string> {
    return podman('exec', this.#name, ...command)
  }

  async isHealthy(): Promise<boolean> {
    return podman('healthcheck', 'run', this.#name).then(
      () => true,
      () => false,
    )
  }

  async signal(name: string): Promise<void> {
    await podman('kill', '--signal', name, this.#name)
  }

  async stop(): Promise<void> {
    await podman('stop', '--time', '10', this.#name)
  }

  async exitCode(): Promise<number> {
    return Number(await podman('wait', this.#name))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await podman('rm', '--force', '--volumes', '--time', '0', this.#name)
  }
}

describe('the image of the Dockerfile', { skip }, () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'tsrv-container-'))
  const app = path.join(folder, 'app.ts')
  const withApp = ['--volume', `${app}:/app/src/app.ts:ro`]

  before(async () => {
    writeFileSync(app, APP)
    await build(IMAGE, ROOT)
  })
  after(async () => {
    rmSync(folder, { recursive: true, force: true })
    await podman('rmi', '--force', IMAGE)
  })

  it('answers, is healthy, and runs compiled code as an ordinary user', async (t) => {
    await using container = await Container.run()
    const answer = await fetch(await container.url())
    assert.equal(answer.status, 200)
    assert.match(await answer.text(), /Contact us/)
    assert.equal(await container.isHealthy(), true)
    assert.equal(await container.exec('id', '-u'), '1000')
    const files = (await container.exec('ls', 'node_modules/@tsrv/server')).split('\n')
    assert.deepEqual([files.includes('dist'), files.includes('src')], [true, false])
    const size = Number(await podman('image', 'inspect', '--format', '{{.Size}}', IMAGE))
    const base = Number(await podman('image', 'inspect', '--format', '{{.Size}}', BASE))
    t.diagnostic(`image: ${(size / 1e6).toFixed(0)} MB, of which ${(base / 1e6).toFixed(0)} MB are ${BASE}`)
    assert.ok(size - base < 100e6, `${size - base} bytes more than the base image`)
  })

  it('answers what is open when it is stopped, and ends with status 0', async () => {
    await using container = await Container.run(withApp)
    const answer = fetch(`${await container.url()}/?ms=2000`)
    await container.prints('entered')
    const stopped = container.stop()
    assert.equal(await (await answer).text(), 'answered')
    await stopped
    assert.equal(await container.exitCode(), 0)
  })

  it('stops at once when it is idle', async (t) => {
    await using container = await Container.run()
    await container.url()
    const startedAt = performance.now()
    await container.stop()
    const duration = performance.now() - startedAt
    t.diagnostic(`${duration.toFixed(0)} ms, engine included`)
    // After ten the engine kills, which the exit code would tell, too.
    assert.ok(duration < 8000, `${duration} ms`)
    assert.equal(await container.exitCode(), 0)
  })

  it('leaves no zombies', async () => {
    await using container = await Container.run(withApp)
    const url = await container.url()
    for (let round = 0; round < 20; round += 1) await fetch(`${url}/orphan`)
    await until(async () => (await (await fetch(`${url}/zombies`)).json()) === 0, 'the orphans to be reaped')
  })

  it('reloads, and starts another worker, when the engine sends the signal for it', async () => {
    await using container = await Container.run()
    const url = await container.url()
    await container.signal('HUP')
    await container.prints('"event":"reloaded"')
    await container.signal('TTIN')
    await container.prints('HTTP workers: 3')
    assert.equal((await fetch(url)).status, 200)
  })

  it('needs nothing but its volume when the root file system is read-only', async () => {
    await using container = await Container.run(['--read-only', '--read-only-tmpfs=false'])
    assert.equal((await fetch(await container.url())).status, 200)
    assert.doesNotMatch(await container.output(), /⚠/)
    await container.stop()
    assert.equal(await container.exitCode(), 0)
  })

  it('keeps its files in the temp directory, with one warning, when it can write nothing else', async () => {
    const flags = ['--read-only', '--read-only-tmpfs=false', '--image-volume=ignore', '--tmpfs', '/tmp']
    await using container = await Container.run(flags)
    assert.equal((await fetch(await container.url())).status, 200)
    assert.equal(await container.isHealthy(), true)
    assert.equal((await container.output()).match(/⚠ .*/g)?.length, 1)
    assert.match(await container.output(), /⚠ \/app\/\.tsrv cannot be written: .* \/tmp\/tsrv-1000\//)
    await container.stop()
    assert.equal(await container.exitCode(), 0)
  })

  it('says what is missing when it can write nothing at all', async () => {
    await using container = await Container.run([
      '--read-only',
      '--read-only-tmpfs=false',
      '--image-volume=ignore',
    ])
    assert.equal(await container.exitCode(), 1)
    assert.match(await container.output(), /✖ .*\/app\/\.tsrv: it cannot be written, and neither can \/tmp/)
  })

  it('says whose a volume is that it cannot use', async () => {
    const volume = path.join(folder, 'of-root')
    mkdirSync(volume, { mode: 0o755 })
    await using container = await Container.run(['--volume', `${volume}:/app/.tsrv`, '--user', '1234:1234'])
    assert.equal(await container.exitCode(), 1)
    assert.match(
      await container.output(),
      /✖ .*\/app\/\.tsrv: it belongs to user \d+, and this process runs as user 1234/,
    )
  })
})

describe('the Dockerfile of a new project', { skip }, () => {
  const image = `${IMAGE}-project`
  const project = mkdtempSync(path.join(tmpdir(), 'tsrv-project-'))

  before(async () => {
    cpSync(path.join(ROOT, 'templates/tasks'), project, { recursive: true })
    for (const name of ['gitignore', 'dockerignore'])
      renameSync(path.join(project, name), path.join(project, `.${name}`))
    const tarball = readFileSync(packTarball(project))
    // Stands in for the registry.
    const registry = createServer((_, response) => response.end(tarball)).listen(0, '127.0.0.1')
    await once(registry, 'listening')
    try {
      const url = `http://127.0.0.1:${(registry.address() as AddressInfo).port}/server.tgz`
      const run = promisify(execFile)
      await run('npm', ['install', '--package-lock-only', '--ignore-scripts', url], { cwd: project })
      await run(process.execPath, [COMPLETE_LOCKFILE, path.join(project, 'package-lock.json')])
      await build(image, project)
    } finally {
      registry.closeAllConnections()
      registry.close()
    }
  })
  after(async () => {
    rmSync(project, { recursive: true, force: true })
    await podman('rmi', '--force', image)
  })

  it('makes an image that answers, is healthy, writes its mails and stops with status 0', async () => {
    await using container = await Container.run([], image)
    const url = await container.url()
    const body = new URLSearchParams({ email: 'ada@example.com', message: 'Hello' })
    assert.equal((await fetch(`${url}/contact`, { method: 'POST', body })).status, 202)
    await container.prints('finished in')
    assert.match(await container.exec('ls', 'data/outbox'), /^\d+\.eml$/)
    assert.equal(await container.isHealthy(), true)
    await container.stop()
    assert.equal(await container.exitCode(), 0)
  })
})
