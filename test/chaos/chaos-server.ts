/** A server that may be killed at any moment and started again in the same folder, with a journal beside it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs'
import http from 'node:http'
import { createServer } from 'node:net'
import path from 'node:path'
import { requestStatus } from '../../src/control/client.ts'
import type { Status } from '../../src/control/protocol.ts'
import { readServerJson } from '../../src/control/server-json.ts'
import { isSameProcess, type ProcessIdentity, startTimeOf } from '../../src/util/process-identity.ts'
import { project, tsrv } from '../system/project.ts'
import { until } from '../until.ts'
import type { HistoryEvent } from './history.ts'
import { recordsIn } from './records.ts'
import { KEEP, SETTINGS } from './settings.ts'

const BIN = path.resolve(import.meta.dirname, '../../bin/tsrv.js')
const START_PATIENCE = 30_000

export type Role = 'supervisor' | 'http' | 'tasks' | 'service' | 'stand-in'

export interface Victim extends ProcessIdentity {
  readonly role: Role
}

export interface SendOptions {
  /** The same task so many times. */
  readonly count?: number
  /** The answer waits until they are stored. */
  readonly kept?: boolean
  /** Milliseconds until it may run. */
  readonly delay?: number
  readonly agent?: http.Agent
}

export interface Answer {
  readonly status: number
  readonly ids: readonly number[]
}

export class ChaosServer implements AsyncDisposable {
  readonly dir = project('chaos-app')
  readonly port: number
  /** Starts that ended by themselves for another reason than a kill, with what they said last. */
  readonly failedStarts: string[] = []
  readonly #args: readonly string[]
  readonly #env: Readonly<Record<string, string>>
  readonly #token = randomUUID()
  readonly #seen = new Map<number, ProcessIdentity>()
  #child: ChildProcess | undefined
  #self: ProcessIdentity | undefined
  #starts = 0
  #answeredStart = 0

  private constructor(port: number, args: readonly string[], env: Readonly<Record<string, string>>) {
    this.port = port
    this.#args = args
    this.#env = env
  }

  /**
   * @param settings as for `-o`
   * @param env more of its environment
   */
  static async open(
    settings: readonly string[] = [],
    env: Readonly<Record<string, string>> = {},
  ): Promise<ChaosServer> {
    const args = [...settings, ...SETTINGS].flatMap((setting) => ['-o', setting])
    return new ChaosServer(await unusedPort(), args, env)
  }

  get isAlive(): boolean {
    return this.#child !== undefined
  }

  /** It has answered a request since it was launched. */
  get isUp(): boolean {
    return this.isAlive && this.#answeredStart === this.#starts
  }

  get starts(): number {
    return this.#starts
  }

  /** Starts without waiting for anything. */
  launch(): void {
    const out = openSync(this.#path('server.out'), 'a')
    const child = spawn(
      process.execPath,
      [BIN, 'start', '-o', `port=${this.port}`, '-o', 'log.pretty=false', ...this.#args],
      {
        cwd: this.dir,
        env: {
          PATH: process.env['PATH'],
          HOME: process.env['HOME'],
          CHAOS_JOURNAL: this.#path('journal.jsonl'),
          CHAOS_TOKEN: this.#token,
          ...this.#env,
        },
        stdio: ['ignore', out, out],
      },
    )
    closeSync(out)
    this.#child = child
    this.#starts++
    const pid = child.pid ?? 0
    this.#self = { pid, startTime: startTimeOf(pid) ?? '' }
    child.once('exit', (code, signal) => {
      if (this.#child === child) this.#child = undefined
      const last = this.output(1)
      if (signal === null && code !== 0 && !last.includes('SIGKILL')) this.failedStarts.push(last)
    })
  }

  /** Starts, and waits until this very server answers; a start that fails is made again. */
  async start(): Promise<void> {
    await until(
      async () => {
        if (!this.isAlive) this.launch()
        const ready = (await this.#status())?.state === 'ready'
        return ready && (await this.send(undefined).catch(() => undefined))?.status === 200
      },
      'the server to answer',
      () => this.output(20),
      START_PATIENCE,
    )
  }

  /** Sends a task; without data it only asks who is there. */
  send(data: unknown, { count = 1, kept = false, delay = 0, agent }: SendOptions = {}): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const request = http.request({
        host: '127.0.0.1',
        port: this.port,
        method: data === undefined ? 'GET' : 'POST',
        path: `/?count=${count}&delay=${delay}${kept ? '&kept' : ''}`,
        agent: agent ?? false,
        timeout: 5000,
      })
      request.once('timeout', () => request.destroy(new Error('no answer in time')))
      request.once('error', reject)
      request.once('response', (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
        response.once('error', reject)
        response.once('end', () => {
          if (response.statusCode !== 200) return resolve({ status: response.statusCode ?? 0, ids: [] })
          const { token, ids } = JSON.parse(text) as { token: string; ids: number[] }
          if (token !== this.#token) return reject(new Error('another server answers on our port'))
          this.#answeredStart = this.#starts
          resolve({ status: 200, ids })
        })
      })
      request.end(data === undefined ? undefined : JSON.stringify(data))
    })
  }

  /** What lives of this server, as it has written it down itself. */
  victims(): Victim[] {
    if (this.#child === undefined || this.#self === undefined) return []
    const record = readServerJson(this.#path('.tsrv/server.json'))
    const children = record?.pid === this.#self.pid ? record.children : []
    for (const child of children) this.#seen.set(child.pid, child)
    return [{ ...this.#self, role: 'supervisor' as const }, ...children].filter((one) => isSameProcess(one))
  }

  /** @returns false when it is gone already; its number may be a stranger's. */
  kill(victim: ProcessIdentity): boolean {
    return isSameProcess(victim) && process.kill(victim.pid, 'SIGKILL')
  }

  /** Everything in one moment, as when the machine's memory killer or the container ends it. */
  async killAll(): Promise<void> {
    const victims = this.victims()
    for (const victim of victims) this.kill(victim)
    await until(() => !this.isAlive && victims.every((one) => !isSameProcess(one)), 'all processes to end')
  }

  /** @returns exit status of the server */
  async stop(): Promise<number | null> {
    const child = this.#child
    if (child === undefined) throw new Error('nothing to stop')
    this.victims()
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
    await tsrv(this.dir, ['stop'])
    return ended
  }

  async reload(): Promise<void> {
    const { code, stdout, stderr } = await tsrv(this.dir, ['reload'])
    if (code !== 0) throw new Error(`tsrv reload: ${stdout}${stderr}`)
  }

  /** Resolves when no task waits or runs, and nothing has been noted for a moment. */
  async quiet(patience: number, calm = 1000): Promise<void> {
    let size = -1
    let since = performance.now()
    await until(
      async () => {
        const tasks = (await this.#status())?.tasks
        const now = this.#journal().length
        if (tasks === undefined || tasks.queued + tasks.running > 0 || now !== size) since = performance.now()
        size = now
        return performance.now() - since > calm
      },
      'all tasks to end',
      () => this.output(20),
      patience,
    )
  }

  status(): Promise<Status | undefined> {
    return this.#status()
  }

  /** What the task log says; only of a server that has stopped. */
  records(): Promise<HistoryEvent[]> {
    return recordsIn(this.#path('.tsrv/tasks.db'))
  }

  history(): HistoryEvent[] {
    return this.#journal()
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as HistoryEvent)
  }

  /** The last lines the server wrote. */
  output(lines: number): string {
    return readFileSync(this.#path('server.out'), 'utf8').trimEnd().split('\n').slice(-lines).join('\n')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.victims()
    if (this.#self !== undefined) this.kill(this.#self)
    for (const one of this.#seen.values()) this.kill(one)
    const all = [...this.#seen.values()]
    await until(() => !this.isAlive && all.every((one) => !isSameProcess(one)), 'all processes to end')
    if (KEEP) console.log(`kept: ${this.dir}`)
    else rmSync(this.dir, { recursive: true, force: true })
  }

  #status(): Promise<Status | undefined> {
    return requestStatus(this.#path('.tsrv/control.sock'), { timeout: 2000 }).catch(() => undefined)
  }

  #journal(): string {
    try {
      return readFileSync(this.#path('journal.jsonl'), 'utf8')
    } catch {
      return ''
    }
  }

  #path(name: string): string {
    return path.join(this.dir, name)
  }
}

/** Below the ports that clients are given: one of those could take it between two starts. */
async function unusedPort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000)
    const probe = createServer()
    const isFree = await new Promise<boolean>((resolve) => {
      probe.once('error', () => resolve(false))
      probe.listen(port, '127.0.0.1', () => resolve(true))
    })
    await new Promise((resolve) => probe.close(resolve))
    if (isFree) return port
  }
}
