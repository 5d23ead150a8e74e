/** A server in the foreground of a terminal: a pseudo-terminal that `script` of util-linux makes. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import http from 'node:http'
import path from 'node:path'
import { describe, it } from 'node:test'
import { requestStatus } from '../../src/control/client.ts'
import type { Status } from '../../src/control/protocol.ts'
import { until } from '../until.ts'
import { isAlive } from './alive.ts'
import { BIN, project } from './project.ts'

const version = spawnSync('script', ['--version'], { encoding: 'utf8' })
const hasScript = version.status === 0 && version.stdout.includes('util-linux')
const skip = !hasScript && 'skipped: there is no "script" of util-linux here'

const CTRL_C = '\x03'
/** Holds what the terminal shows, and lets it go on. */
const CTRL_S = '\x13'
const CTRL_Q = '\x11'
/** Requests whose lines are more than the terminal takes, and the server keeps for it: 8 MiB. */
const COUNT = 600
const LONG = 'x'.repeat(10_000)
/** Milliseconds in which a second Ctrl+C is taken for an echo of the first one. */
const ECHO = 200

const SLOW_APP = {
  'app.js': `import { writeFileSync } from 'node:fs'
export default async (request) => {
  const { searchParams } = new URL(request.url)
  if (searchParams.has('print')) console.log('printed by the app: ' + searchParams.get('print'))
  if (searchParams.has('complain')) console.error('printed by the app: ' + searchParams.get('complain'))
  const ms = searchParams.get('ms')
  if (ms === null) return new Response('')
  writeFileSync('entered', '')
  await new Promise((resolve) => setTimeout(resolve, Number(ms)))
  return new Response('slow')
}`,
}

class Terminal implements AsyncDisposable {
  readonly dir = project('plain-app', SLOW_APP)
  readonly #script: ChildProcess
  /** Exit status of the server, as the shell in the terminal would see it. */
  readonly ended: Promise<number | null>
  output = ''
  #pids: readonly number[] = []

  constructor(args = '') {
    const command = `exec '${process.execPath}' '${BIN}' start -o port=0 ${args}`
    const { NODE_OPTIONS: _, ...env } = process.env
    this.#script = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
      cwd: this.dir,
      env,
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    this.#script.stdout?.setEncoding('utf8').on('data', (text: string) => (this.output += text))
    this.ended = new Promise((resolve) => this.#script.once('close', resolve))
  }

  async ready(): Promise<Status> {
    const socket = path.join(this.dir, '.tsrv', 'control.sock')
    let status: Status | undefined
    await until(
      async () => {
        status = existsSync(socket) ? await requestStatus(socket).catch(() => undefined) : undefined
        return status?.state === 'ready'
      },
      'the server to be ready',
      () => this.output,
    )
    assert.ok(status)
    this.#pids = [status.pid, ...status.workers.flatMap(({ pid }) => pid ?? [])]
    return status
  }

  /** Begins a request that is answered after so many milliseconds, and resolves when it has reached the app. */
  async ask(url: string, ms: number): Promise<{ readonly answer: Promise<string> }> {
    const answer = new Promise<string>((resolve) => {
      const request = http.get(`${url}/?ms=${ms}`, { agent: false }, (response) => {
        response.setEncoding('utf8').once('data', resolve)
      })
      request.once('error', (error) => resolve(error.message))
    })
    await until(() => existsSync(path.join(this.dir, 'entered')), 'the request to come in')
    return { answer }
  }

  type(keys: string): void {
    this.#script.stdin?.write(keys)
  }

  /** As when its window is closed. */
  close(): void {
    this.#script.kill('SIGKILL')
  }

  async everybodyGone(): Promise<void> {
    assert.ok(this.#pids.length > 1)
    await until(
      () => !this.#pids.some(isAlive),
      'the processes to end',
      () => this.#pids.filter(isAlive).join(),
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
    for (const pid of this.#pids) if (isAlive(pid)) process.kill(pid, 'SIGKILL')
    await this.ended
    rmSync(this.dir, { recursive: true, force: true })
  }
}

describe('a server in the foreground of a terminal', { skip }, () => {
  it('stops once and cleanly at Ctrl+C, which signals the children as well', async () => {
    await using terminal = new Terminal()
    const { urls } = await terminal.ready()
    const { answer } = await terminal.ask(urls[0] ?? '', 500)
    terminal.type(CTRL_C)
    assert.equal(await answer, 'slow')
    assert.equal(await terminal.ended, 0, terminal.output)
    assert.equal(terminal.output.match(/Stopping server/g)?.length, 1, terminal.output)
    assert.doesNotMatch(terminal.output, /✖|died/)
    await terminal.everybodyGone()
  })

  it('is forced by a second Ctrl+C', async () => {
    await using terminal = new Terminal()
    const { urls } = await terminal.ready()
    const { answer } = await terminal.ask(urls[0] ?? '', 20_000)
    terminal.type(CTRL_C)
    await until(() => terminal.output.includes('Stopping server'), 'the begin of the stop')
    const begun = performance.now()
    await until(() => performance.now() > begun + ECHO, 'the end of the echo')
    terminal.type(CTRL_C)
    assert.equal(await terminal.ended, 1, terminal.output)
    assert.notEqual(await answer, 'slow')
    await terminal.everybodyGone()
  })

  it('stops when the terminal is closed, answers what is open, and leaves no process', async () => {
    await using terminal = new Terminal()
    const { urls } = await terminal.ready()
    const { answer } = await terminal.ask(urls[0] ?? '', 500)
    terminal.close()
    assert.equal(await answer, 'slow')
    await terminal.everybodyGone()
    assert.equal(existsSync(path.join(terminal.dir, '.tsrv', 'server.json')), false)
  })

  for (const print of ['print', 'complain']) {
    it(`stalls no request when it is held with Ctrl+S, and tells later what is missing: ${print}`, async () => {
      await using terminal = new Terminal('-w 1 -o log.access=true -o log.pretty=false')
      const { urls } = await terminal.ready()
      const shown = (): string[] => terminal.output.split(/\r*\n/)
      terminal.type(CTRL_S)
      let longest = 0
      for (let asked = 0; asked < COUNT; asked++) {
        const begun = performance.now()
        const signal = AbortSignal.timeout(10_000)
        assert.equal((await fetch(`${urls[0]}/?${print}=${LONG}`, { signal })).status, 200)
        longest = Math.max(longest, performance.now() - begun)
      }
      assert.ok(longest < 1000, `${longest} ms`)
      assert.ok(shown().length < COUNT, 'the terminal is held')
      terminal.type(CTRL_Q)
      await until(() => shown().some((line) => line.includes('"dropped":')), 'the word about what is missing')
      const dropped = shown().flatMap((line) => Number(/"dropped":(\d+)/.exec(line)?.[1] ?? 0))
      const whole = shown().filter((line) =>
        /^(printed by the app: x+|\{"level".*"msg":"Request"\})$/.test(line),
      )
      assert.equal(whole.length + dropped.reduce((sum, one) => sum + one, 0), 2 * COUNT)
      terminal.type(CTRL_C)
      assert.equal(await terminal.ended, 0)
      await terminal.everybodyGone()
    })
  }
})
