/** A real server for system tests: `bin/tsrv start` in a temp copy of a fixture, on a free port, always cleaned up. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import type { IncomingHttpHeaders, RequestOptions } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import type { Status } from '../../src/control/protocol.ts'
import { requestStatus } from '../../src/control/client.ts'
import { until } from '../until.ts'
import { isAlive } from './alive.ts'

// Importing it as a module takes 20 ms longer.
const http = process.getBuiltinModule('node:http')

const ROOT = path.resolve(import.meta.dirname, '../..')
export const BIN = path.join(ROOT, 'bin/tsrv.js')
const FIXTURES = path.join(ROOT, 'test/fixtures')
/** Of all servers under test: compiling tsrv anew for each of them would take half of the time of the tests. */
const COMPILED = path.join(ROOT, 'node_modules/.cache/tsrv/tests')

export interface LogRecord {
  readonly level: string
  readonly msg: string
  readonly process: string
  readonly [field: string]: unknown
}

export interface StartOptions {
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Written over the copy of the fixture. */
  readonly files?: Readonly<Record<string, string>>
  /** A folder that stays; without it the fixture is copied into a new one. */
  readonly dir?: string
  /** With the packages of this repository to import from. */
  readonly withPackages?: boolean
  /** Its port is that of the configuration; without it a free one. */
  readonly ownPort?: boolean
  /** In a process group of its own, as a terminal starts it. */
  readonly detached?: boolean
  /** A line of shell that starts it, with `exec "$0" "$@"` in it. */
  readonly shell?: string
  /** Another copy of tsrv than this repository. */
  readonly bin?: string
  /** Descriptors that it gets as systemd passes them. */
  readonly sockets?: readonly number[]
}

/** For `env`: what is compiled goes where it goes outside tests. */
export const OWN_COMPILE_CACHE = { NODE_COMPILE_CACHE: '' }

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/**
 * A temp folder with a copy of a fixture in it. A file that is given takes the place of the fixture's of its name, also
 * when that has another extension.
 */
export function project(fixture: string, files: Readonly<Record<string, string>> = {}): string {
  const dir = mkdtempSync(path.join(tmpdir(), 'tsrv-test-'))
  const home = path.resolve(FIXTURES, fixture)
  const stem = (file: string): string => file.slice(0, file.length - path.extname(file).length)
  const given = new Set(Object.keys(files).map(stem))
  const filter = (file: string): boolean => !given.has(stem(path.relative(home, file)))
  cpSync(home, dir, { recursive: true, filter })
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(dir, name)), { recursive: true })
    writeFileSync(path.join(dir, name), text)
  }
  return dir
}

/** Runs a command of tsrv to its end. */
export async function tsrv(
  dir: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  bin: string = BIN,
): Promise<Ended> {
  const child = launch(dir, args, { env, bin })
  const out = { stdout: '', stderr: '' }
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (out.stdout += text))
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (out.stderr += text))
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { code, ...out }
}

function launch(
  dir: string,
  args: readonly string[],
  { env = {}, detached = false, shell, bin = BIN, sockets }: StartOptions,
): ChildProcess {
  const clean = Object.entries(process.env).filter(([name]) => !/^(TSRV_|PORT$|NODE_|FORCE_COLOR)/.test(name))
  const { NODE_COMPILE_CACHE = COMPILED, ...own } = env
  const program = [process.execPath, bin, ...args]
  // The pid has to be known before the program begins: a shell has it, and then becomes the program.
  const script = sockets === undefined ? shell : 'LISTEN_PID=$$ exec "$0" "$@"'
  const [command = '', ...rest] = script === undefined ? program : ['sh', '-c', script, ...program]
  return spawn(command, rest, {
    cwd: dir,
    env: {
      ...Object.fromEntries(clean),
      ...own,
      ...(NODE_COMPILE_CACHE !== '' && { NODE_COMPILE_CACHE }),
      ...(sockets !== undefined && { LISTEN_FDS: String(sockets.length), LISTEN_FDNAMES: 'web' }),
    },
    detached,
    stdio: ['ignore', 'pipe', 'pipe', ...(sockets ?? [])],
  })
}

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
    createInterface({ input: this.#child.stdout! }).on('line', (line) => this.logs.push(parse(line)))
    this.#child.stderr!.setEncoding('utf8').on('data', (text: string) => (this.stderr += text))
    this.ended = new Promise((resolve) =>
      this.#child.once('close', (code) => {
        this.#isEnded = true
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
    return this.#child.pid ?? 0
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

  /** Pid of an HTTP worker (by slot) or of the task server. */
  async pidOf(role: 'http' | 'tasks', slot = 0): Promise<number> {
    const { workers } = await this.status()
    return workers.find((one) => one.role === role && one.slot === slot)?.pid ?? 0
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
      request.once('error', reject).end(options.body)
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
    process.kill(this.pid, signal)
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
