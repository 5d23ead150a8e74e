/**
 * The image of a new project, run as Docker, compose and Kubernetes run it, within limits of memory and CPU. It takes
 * minutes, so `npm run test:container` runs it and `npm test` does not; test/system/containers.ts says what it needs.
 */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { load } from 'js-yaml'
import { packTarball } from '../../scripts/pack.ts'
import type { Status } from '../../src/control/protocol.ts'
import { until } from '../until.ts'
import { freePort } from './free-port.ts'
import { build, Container, podman, whySkipped } from './containers.ts'
import { tsrv } from './project.ts'

const ROOT = path.resolve(import.meta.dirname, '../..')
const COMPLETE_LOCKFILE = path.join(ROOT, 'scripts/complete-lockfile.ts')
const IMAGE = `localhost/tsrv-test-${process.pid}-project`
const MEGABYTE = 1024 ** 2
const MEMORY = 256

/** In place of the project's own: tells of heaps, eats memory, is slow. */
const SOURCES: Readonly<Record<string, string>> = {
  'app.ts': `import { getHeapStatistics } from 'node:v8'
import { server } from '@tsrv/server'
const eaten: unknown[] = []
export default async (request: Request) => {
  const { pathname } = new URL(request.url)
  if (pathname === '/eat') for (;;) eaten.push({ some: 'object', with: [eaten.length] })
  if (pathname === '/slow') {
    server.log.info('entered')
    await new Promise((resolve) => setTimeout(resolve, 3000))
  }
  if (pathname === '/tasks') for (let n = 0; n < 10; n++) server.task({ wait: 500 })
  if (pathname !== '/heaps') return new Response('answered')
  const http = getHeapStatistics().heap_size_limit
  return Response.json({ http, task: await server.taskWait({ heap: true }, { timeout: 20_000 }) })
}`,
  'listeners/send-mail.ts': `import { getHeapStatistics } from 'node:v8'
import type { TaskEvent } from '@tsrv/server'
export default async (event: TaskEvent) => {
  const { wait = 0 } = event.data as { wait?: number }
  await new Promise((resolve) => setTimeout(resolve, wait))
  return getHeapStatistics().heap_size_limit
}`,
  'listeners/log-finish.ts': `import type { TaskFinishEvent } from '@tsrv/server'
export default ({ server, taskId }: TaskFinishEvent) => server.log.info({ taskId }, 'task done')
`,
}

describe('the image of a new project', { skip: whySkipped() }, () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'tsrv-container-'))
  const project = path.join(folder, 'project')
  const sources = path.join(folder, 'src')
  const withSources = ['--volume', `${sources}:/app/src:ro`]

  before(async () => {
    for (const [name, text] of Object.entries(SOURCES)) {
      mkdirSync(path.dirname(path.join(sources, name)), { recursive: true })
      writeFileSync(path.join(sources, name), text)
    }
    assert.equal((await tsrv(folder, ['init', 'project'])).code, 0)
    const tarball = readFileSync(packTarball(folder))
    // Stands in for the registry.
    const registry = createServer((_, response) => response.end(tarball)).listen(0, '127.0.0.1')
    await once(registry, 'listening')
    try {
      const url = `http://127.0.0.1:${(registry.address() as AddressInfo).port}/server.tgz`
      const run = promisify(execFile)
      await run('npm', ['install', '--package-lock-only', '--ignore-scripts', url], { cwd: project })
      await run(process.execPath, [COMPLETE_LOCKFILE, path.join(project, 'package-lock.json')])
      await build(IMAGE, project)
    } finally {
      registry.closeAllConnections()
      registry.close()
    }
  })
  after(async () => {
    rmSync(folder, { recursive: true, force: true })
    await podman('rmi', '--force', IMAGE)
  })

  it('answers, is healthy, writes its mails and stops with status 0, with nothing but its volumes to write to', async () => {
    // As compose.yaml has it.
    const flags = [
      '--read-only',
      '--tmpfs',
      '/tmp',
      '--cap-drop',
      'all',
      '--security-opt',
      'no-new-privileges',
    ]
    await using container = await Container.run(IMAGE, flags)
    const url = await container.url()
    const body = new URLSearchParams({ email: 'ada@example.com', message: 'Hello' })
    assert.equal((await fetch(`${url}/contact`, { method: 'POST', body })).status, 202)
    await container.prints('finished in')
    assert.match(await container.exec('ls', 'data/outbox'), /^\d+\.eml$/)
    assert.equal(await container.isHealthy(), true)
    assert.doesNotMatch(await container.output(), /⚠/)
    await container.stop()
    assert.equal(await container.exitCode(), 0)
  })

  describe(`with half a CPU and ${MEMORY} MB`, () => {
    const limits = ['--cpus', '0.5', '--memory', `${MEMORY}m`, '--memory-swap', `${MEMORY}m`]
    const auto = ['--env', 'TSRV_WORKERS=auto', '--env', 'TSRV_TASK_WORKERS=auto']
    const flags = [...limits, ...auto, ...withSources]

    it('has one worker of each kind, whose heaps fit into the memory together', async (t) => {
      await using container = await Container.run(IMAGE, flags)
      const url = await container.url()
      const { workers, tasks } = await container.status()
      assert.equal(workers.filter(({ role }) => role === 'http').length, 1)
      assert.equal(tasks?.lanes.length, 1)
      const heaps = (await (await fetch(`${url}/heaps`)).json()) as { http: number; task: number }
      t.diagnostic(`heaps: ${JSON.stringify(heaps)}`)
      assert.ok(heaps.http + heaps.task < MEMORY * MEGABYTE)
      assert.ok(Math.min(heaps.http, heaps.task) > 64 * MEGABYTE)
    })

    it('loses the worker that eats the memory, and nothing else', async () => {
      await using container = await Container.run(IMAGE, flags)
      const url = await container.url()
      const before = await container.status()
      await assert.rejects(fetch(`${url}/eat`))
      await until(async () => {
        const { workers } = await container.status()
        return workers.some(
          ({ role, restarts, state }) => role === 'http' && restarts === 1 && state === 'ready',
        )
      }, 'the successor')
      assert.equal(await (await fetch(url)).text(), 'answered')
      const survivors = ({ pid, workers }: Status): unknown[] => [
        pid,
        workers.find(({ role }) => role === 'tasks')?.pid,
      ]
      assert.deepEqual(survivors(await container.status()), survivors(before))
      assert.match(await container.output(), /JavaScript heap out of memory/)
    })
  })

  describe('in Kubernetes', () => {
    const env = kubernetesEnv()

    /** As Kubernetes mounts them: of root, writable for the group of the pod. */
    function volumes(name: string): string[] {
      return ['/var/lib/tsrv', '/app/data', '/tmp'].flatMap((at, index) => {
        const volume = path.join(folder, `${name}-${index}`)
        mkdirSync(volume)
        chownSync(volume, 0, 1000)
        chmodSync(volume, 0o2775)
        return ['--volume', `${volume}:${at}`]
      })
    }

    function pod(settings: Readonly<Record<string, string>>, mounts: readonly string[]): Promise<Container> {
      const given = Object.entries({ ...env, ...settings }).flatMap(([name, value]) => [
        '--env',
        `${name}=${value}`,
      ])
      const security = [
        '--user',
        '1000:1000',
        '--read-only',
        '--read-only-tmpfs=false',
        '--image-volume=ignore',
      ]
      const rights = ['--cap-drop', 'all', '--security-opt', 'no-new-privileges']
      return Container.run(IMAGE, [...given, ...security, ...rights, ...mounts, ...withSources])
    }

    it('is live and ready, and on its end not ready first while it still answers', async () => {
      const port = await freePort()
      const ask = async (route: string): Promise<number> =>
        fetch(`http://127.0.0.1:${port}${route}`).then(
          ({ status }) => status,
          () => 0,
        )
      const settings = { TSRV_ADMIN__PORT: String(port), TSRV_PROCESSES__SHUTDOWN_DELAY: '2s' }
      await using container = await pod(settings, volumes('probes'))
      await until(async () => (await ask('/ready')) === 200, 'the pod to be ready')
      assert.equal(await ask('/live'), 200)
      const url = await container.url()
      const slow = fetch(`${url}/slow`)
      await container.prints('entered')
      await container.signal('TERM')
      await until(async () => (await ask('/ready')) === 503, 'the pod not to be ready')
      assert.equal(await (await fetch(url)).text(), 'answered')
      assert.equal(await (await slow).text(), 'answered')
      assert.equal(await container.exitCode(), 0)
      assert.doesNotMatch(await container.output(), /⚠/)
    })

    it('leaves its waiting tasks to the next pod with its volume', async () => {
      const mounts = volumes('kept')
      const settings = { TSRV_ADMIN__PORT: '0', TSRV_PROCESSES__SHUTDOWN_DELAY: '0', TSRV_TASK_WORKERS: '1' }
      const done = async (container: Container): Promise<number> =>
        [...(await container.output()).matchAll(/"msg":"task done"/g)].length
      await using first = await pod(settings, mounts)
      await fetch(`${await first.url()}/tasks`)
      await until(async () => (await done(first)) > 0, 'the first task')
      await first.stop()
      assert.equal(await first.exitCode(), 0)
      const before = await done(first)
      assert.ok(before < 10)
      await using second = await pod(settings, mounts)
      await until(async () => (await done(second)) === 10 - before, 'the other tasks')
    })
  })
})

/** The environment that the template gives to the container. */
function kubernetesEnv(): Record<string, string> {
  const file = path.join(ROOT, 'templates/kubernetes/kubernetes/statefulset.yaml')
  const { spec } = load(readFileSync(file, 'utf8')) as {
    spec: { template: { spec: { containers: [{ env: { name: string; value: string }[] }] } } }
  }
  return Object.fromEntries(spec.template.spec.containers[0].env.map(({ name, value }) => [name, value]))
}
