/** The server as the first process of a container, which a new pid namespace stands in for. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { requestStatus } from '../../src/control/client.ts'
import { until } from '../until.ts'
import { isAlive, sendSignal } from './alive.ts'
import { BIN, project } from './project.ts'

/** What this machine lets an unprivileged user do differs: the first way that works. */
const WAYS = [
  ['--pid', '--fork', '--mount-proc', '--kill-child'],
  ['--user', '--map-root-user', '--pid', '--fork', '--mount-proc', '--kill-child'],
]
const way = WAYS.find((flags) => spawnSync('unshare', [...flags, 'true']).status === 0)
const skip = way === undefined && 'skipped: "unshare --pid" is missing or not permitted here'

/** Leaves orphans behind; tells how it is as seen from inside; can be made to hang in its config. */
const FILES = {
  'app.js': `import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
const stats = () => readdirSync('/proc').filter((name) => /^\\d+$/.test(name)).flatMap((pid) => {
  try { return [readFileSync('/proc/' + pid + '/stat', 'utf8')] } catch { return [] }
})
export default async (request) => {
  const { pathname } = new URL(request.url)
  if (pathname === '/orphan') spawn('sh', ['-c', 'sleep 0.05 & exit 0'])
  const seen = stats()
  return Response.json({
    zombies: seen.filter((stat) => /^\\d+ \\(.*\\) Z/.test(stat)).length,
    sleeping: seen.filter((stat) => /^\\d+ \\(sleep\\) [^Z]/.test(stat)).length,
    first: readFileSync('/proc/1/comm', 'utf8').trim(),
  })
}`,
}

class Container implements AsyncDisposable {
  readonly dir: string
  readonly #child: ChildProcess
  readonly ended: Promise<number | null>
  output = ''

  constructor(files: Readonly<Record<string, string>> = FILES) {
    this.dir = project('plain-app', files)
    const command = [process.execPath, BIN, 'start', '-o', 'port=0', '-w', '1']
    this.#child = spawn('unshare', [...(way ?? []), ...command], {
      cwd: this.dir,
      env: { PATH: process.env['PATH'] },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => (this.output += text))
    this.ended = new Promise((resolve) => this.#child.once('close', resolve))
  }

  /** The process that is number 1 inside. */
  get init(): number {
    const children = readFileSync(`/proc/${this.#child.pid}/task/${this.#child.pid}/children`, 'utf8')
    return Number(children.trim())
  }

  async url(): Promise<string> {
    const socket = path.join(this.dir, '.tsrv', 'control.sock')
    let url: string | undefined
    await until(
      async () => {
        const status = existsSync(socket) ? await requestStatus(socket).catch(() => undefined) : undefined
        if (status?.state === 'ready') url = status.urls[0]
        return url !== undefined
      },
      'the server to be ready',
      () => this.output,
    )
    return url ?? ''
  }

  kill(signal: NodeJS.Signals): void {
    sendSignal(this.init, signal)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // The end of the first process is the end of all.
    if (this.#child.exitCode === null) this.#child.kill('SIGKILL')
    await this.ended
    rmSync(this.dir, { recursive: true, force: true })
  }
}

interface Inside {
  readonly zombies: number
  readonly sleeping: number
  readonly first: string
}

async function look(url: string): Promise<Inside> {
  return (await (await fetch(url)).json()) as Inside
}

describe('the server as process 1', { skip }, () => {
  it('leaves no zombies of processes that the code of its users left behind', async () => {
    await using container = new Container()
    const url = await container.url()
    for (let round = 0; round < 20; round += 1) await fetch(`${url}/orphan`)
    await until(
      async () => (await look(url)).sleeping === 0 && (await look(url)).zombies === 0,
      'the orphans to be reaped',
      () => container.output,
    )
    assert.equal((await look(url)).first, 'sh')
  })

  for (const signal of ['SIGTERM', 'SIGINT', 'SIGQUIT'] as const) {
    it(`stops at once when it is idle: ${signal}`, async (t) => {
      await using container = new Container()
      await container.url()
      const startedAt = performance.now()
      container.kill(signal)
      assert.equal(await container.ended, 0, container.output)
      const duration = performance.now() - startedAt
      t.diagnostic(`${duration.toFixed(0)} ms`)
      // A tenth of a second on a quiet machine; to wait for a deadline would take 30.
      assert.ok(duration < 10_000, `${duration} ms`)
    })
  }

  it('reloads, and counts its workers, at the signals that ask for it', async () => {
    await using container = new Container()
    await container.url()
    const socket = path.join(container.dir, '.tsrv', 'control.sock')
    for (const signal of ['SIGHUP', 'SIGTTIN'] as const) container.kill(signal)
    await until(
      async () => {
        const status = await requestStatus(socket)
        return (
          status?.generation === 2 && status.workers.filter(({ state }) => state === 'ready').length === 2
        )
      },
      'a second generation of two workers',
      () => container.output,
    )
  })

  it('stops also while its configuration is still evaluated', async () => {
    const hangs = {
      'tsrv.config.ts': `import { writeFileSync } from 'node:fs'
writeFileSync('evaluating', '')
for (;;) {}`,
    }
    await using container = new Container(hangs)
    await until(() => existsSync(path.join(container.dir, 'evaluating')), 'the evaluation')
    const { init } = container
    container.kill('SIGTERM')
    assert.equal(await container.ended, 0, container.output)
    assert.equal(isAlive(init), false)
  })
})
