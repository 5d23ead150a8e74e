/** A real server for system tests: `bin/tsrv start` in a temp copy of a fixture, on a free port, always cleaned up. */
import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { existsSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import type { IncomingHttpHeaders, RequestOptions } from 'node:http'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { after } from 'node:test'
import { requestStatus } from '../../src/control/client.ts'
import type { Status } from '../../src/control/protocol.ts'
import { until } from '../until.ts'
import { isAlive, sendSignal } from './alive.ts'
import { type Ended, launch, project, ROOT, type StartOptions } from './project.ts'

// Importing it as a module takes 20 ms longer.
const http = process.getBuiltinModule('node:http')

export interface LogRecord {
  readonly level: string
  readonly msg: string
  readonly process: string
  readonly [field: string]: unknown
}

/** Of this file of tests. */
const running = new Set<ServerUnderTest>()

// A server that its test has forgotten, most likely where it failed, would keep this process and the suite alive.
after(async () => {
  const forgotten = [...running]
  await Promise.all(forgotten.map((server) => server[Symbol.asyncDispose]()))
  assert.deepEqual(
    forgotten.map(({ dir }) => dir),
    [],
    'every test ends its servers',
  )
})

export class ServerUnderTest implements AsyncDisposable {
  readonly dir: string
  readonly logs: LogRecord[] = []
  stderr = ''
  url = ''
  readonly #child: ChildProcess
  readonly #ownsDir: boolean
  readonly ended: Promise<Ended>
  #isEnded = false
  /** Every process that was ever seen to belong to this server. */
  readonly #pids = new Set<number>()

  private constructor(dir: string, ownsDir: boolean, options: StartOptions) {
    this.dir = dir
    this.#ownsDir = ownsDir
    const port = options.ownPort === true ? [] : ['-o', 'port=0']
    this.#child = launch(dir, ['start', ...port, ...(options.args ?? [])], options)
    this.#pids.add(this.pid)
    running.add(this)
    createInterface({ input: this.#child.stdout! }).on('line', (line) => this.logs.push(parse(line)))
    this.#child.stderr!.setEncoding('utf8').on('data', (text: string) => (this.stderr += text))
    this.ended = new Promise((resolve) =>
      this.#child.once('close', (code) => {
        this.#isEnded = true
        running.delete(this)
        resolve({ code, stdout: this.logs.map((record) => record.msg).join('\n'), stderr: this.stderr })
      }),
    )
  }

  /** Starts a server and waits until it is ready. */
  static async start(fixture: string, options: StartOptions = {}): Promise<ServerUnderTest> {
    const server = ServerUnderTest.launch(fixture, options)
    try {
      const ready = await server.log((record) => record['event'] === 'ready', 'the ready record')
      server.url = String((ready['urls'] as string[])[0])
      await server.status()
    } catch (error) {
      await server[Symbol.asyncDispose]()
      throw error
    }
    return server
  }

  /** Starts a server without waiting for anything. */
  static launch(fixture: string, options: StartOptions = {}): ServerUnderTest {
    const dir = options.dir ?? project(fixture, options.files)
    if (options.withPackages) symlinkSync(path.join(ROOT, 'node_modules'), path.join(dir, 'node_modules'))
    return new ServerUnderTest(dir, options.dir === undefined, options)
  }

  get pid(): number {
    const { pid } = this.#child
    assert.ok(pid, 'the program could not be started')
    return pid
  }

  runFile(name: string): string {
    return path.join(this.dir, '.tsrv', name)
  }

  async status(): Promise<Status> {
    const status = await requestStatus(this.runFile('control.sock'))
    assert.ok(status, 'the server answers on its control socket')
    for (const { pid } of status.workers) if (pid !== undefined) this.#pids.add(pid)
    return status
  }

  /** Pid of an HTTP worker (by slot) or of the task server; of the next one where none is at the moment. */
  async pidOf(role: 'http' | 'tasks', slot = 0): Promise<number> {
    let pid: number | undefined
    await until(async () => {
      const { workers } = await this.status()
      pid = workers.find((one) => one.role === role && one.slot === slot)?.pid
      return pid !== undefined
    }, `a process ${role} ${slot}`)
    assert.ok(pid)
    return pid
  }

  /** The first record that matches, now or later. */
  async log(matches: (record: LogRecord) => boolean, what: string): Promise<LogRecord> {
    await until(
      () => this.#isEnded || this.logs.some(matches),
      what,
      () => this.#describe(),
    )
    const found = this.logs.find(matches)
    assert.ok(found, `the server ended before ${what}: ${this.#describe()}`)
    return found
  }

  /** Where a client finds it, as `http.request` wants to know. */
  address(pathname = '/'): { readonly url: URL; readonly socketPath?: string } {
    // As status and log write it: unix:/path
    const socketPath = /^unix:(.*)/.exec(this.url)?.[1]?.replace(/^@/, '\0')
    const url = new URL(pathname, socketPath === undefined ? this.url : 'http://localhost')
    return { url, ...(socketPath !== undefined && { socketPath }) }
  }

  request(
    pathname: string,
    options: RequestOptions & { readonly body?: string } = {},
  ): Promise<{ status: number; headers: IncomingHttpHeaders; text: string }> {
    const { url, ...socket } = this.address(pathname)
    const where = { agent: false as const, ...socket }
    // Certificates of tests vouch for nobody.
    const isSecure = url.protocol === 'https:' ? { rejectUnauthorized: false } : undefined
    const { request: ask } = isSecure === undefined ? http : process.getBuiltinModule('node:https')
    return new Promise((resolve, reject) => {
      const request = ask(url, { ...where, ...isSecure, ...options }, (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
        response.once('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
        )
        response.once('error', reject)
      })
      request
        .once('error', (error) => reject(Object.assign(error, { wasKept: request.reusedSocket })))
        .end(options.body)
    })
  }

  async json(pathname: string): Promise<unknown> {
    const { status, text } = await this.request(pathname)
    assert.equal(status, 200, text)
    return JSON.parse(text)
  }

  /** As when the terminal is closed, or the end of the pipe that read the output. */
  stopReading(): void {
    this.#child.stdout?.destroy()
    this.#child.stderr?.destroy()
  }

  kill(signal: NodeJS.Signals): void {
    sendSignal(this.pid, signal)
  }

  async stop(): Promise<Ended> {
    this.kill('SIGTERM')
    const ended = await this.ended
    const fatal = this.logs.find(({ level }) => level === 'fatal')
    assert.equal(fatal, undefined, `a process died at the stop: ${JSON.stringify(fatal)}`)
    return ended
  }

  /** Ends the server if it still runs, and fails when one of its processes outlives it. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (existsSync(this.runFile('server.json'))) {
      const { pid: owner, children } = JSON.parse(readFileSync(this.runFile('server.json'), 'utf8')) as {
        pid: number
        children: { pid: number }[]
      }
      // Another server may have taken the folder: its children are not ours to wait for.
      if (owner === this.pid) for (const { pid } of children) this.#pids.add(pid)
    }
    if (!this.#isEnded) this.#child.kill('SIGKILL')
    await this.ended
    try {
      await until(
        () => [...this.#pids].every((pid) => !isAlive(pid)),
        'all processes of the server to end',
        () => [...this.#pids].filter(isAlive).join(),
      )
    } finally {
      for (const pid of this.#pids) if (isAlive(pid)) process.kill(pid, 'SIGKILL')
      if (this.#ownsDir) rmSync(this.dir, { recursive: true, force: true })
    }
  }

  #describe(): string {
    const last = this.logs.slice(-20).map((record) => JSON.stringify(record))
    return `stderr: ${this.stderr}\nlast records:\n${last.join('\n')}`
  }
}

function parse(line: string): LogRecord {
  try {
    return JSON.parse(line) as LogRecord
  } catch {
    return { level: 'text', msg: line, process: '' }
  }
}
