/**
 * The image of this checkout, built and run by podman. It takes minutes, so `npm run test:container` runs it and
 * `npm test` does not; test/system/containers.ts says what it needs.
 */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { until } from '../until.ts'
import { BASE, build, Container, podman, whySkipped } from './containers.ts'

const ROOT = path.resolve(import.meta.dirname, '../..')
const IMAGE = `localhost/tsrv-test-${process.pid}`

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

describe('the image of the Dockerfile', { skip: whySkipped() }, () => {
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
    await using container = await Container.run(IMAGE)
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
    await using container = await Container.run(IMAGE, withApp)
    const answer = fetch(`${await container.url()}/?ms=2000`)
    await container.prints('entered')
    const stopped = container.stop()
    assert.equal(await (await answer).text(), 'answered')
    await stopped
    assert.equal(await container.exitCode(), 0)
  })

  it('stops at once when it is idle', async (t) => {
    await using container = await Container.run(IMAGE)
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
    await using container = await Container.run(IMAGE, withApp)
    const url = await container.url()
    for (let round = 0; round < 20; round += 1) await fetch(`${url}/orphan`)
    await until(async () => (await (await fetch(`${url}/zombies`)).json()) === 0, 'the orphans to be reaped')
  })

  it('reloads, and starts another worker, when the engine sends the signal for it', async () => {
    await using container = await Container.run(IMAGE)
    const url = await container.url()
    await container.signal('HUP')
    await container.prints('"event":"reloaded"')
    await container.signal('TTIN')
    await container.prints('HTTP workers: 3')
    assert.equal((await fetch(url)).status, 200)
  })

  it('needs nothing but its volume when the root file system is read-only', async () => {
    await using container = await Container.run(IMAGE, ['--read-only', '--read-only-tmpfs=false'])
    assert.equal((await fetch(await container.url())).status, 200)
    assert.doesNotMatch(await container.output(), /⚠/)
    await container.stop()
    assert.equal(await container.exitCode(), 0)
  })

  it('keeps its files in the temp directory, with one warning, when it can write nothing else', async () => {
    const flags = ['--read-only', '--read-only-tmpfs=false', '--image-volume=ignore', '--tmpfs', '/tmp']
    await using container = await Container.run(IMAGE, flags)
    assert.equal((await fetch(await container.url())).status, 200)
    assert.equal(await container.isHealthy(), true)
    assert.equal((await container.output()).match(/⚠ .*/g)?.length, 1)
    assert.match(await container.output(), /⚠ \/app\/\.tsrv cannot be written: .* \/tmp\/tsrv-1000\//)
    await container.stop()
    assert.equal(await container.exitCode(), 0)
  })

  it('says what is missing when it can write nothing at all', async () => {
    await using container = await Container.run(IMAGE, [
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
    await using container = await Container.run(IMAGE, [
      '--volume',
      `${volume}:/app/.tsrv`,
      '--user',
      '1234:1234',
    ])
    assert.equal(await container.exitCode(), 1)
    assert.match(
      await container.output(),
      /✖ .*\/app\/\.tsrv: it belongs to user \d+, and this process runs as user 1234/,
    )
  })
})
