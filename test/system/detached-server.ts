/** A server in the background for system tests: started with `tsrv start -d`, and gone at the end of the test. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { requestStatus } from '../../src/control/client.ts'
import type { Status } from '../../src/control/protocol.ts'
import { readLock } from '../../src/control/lock.ts'
import { until } from '../until.ts'
import { isAlive } from './alive.ts'
import { type Ended, project, tsrv } from './project.ts'

/** A project whose server, if one runs, ends with the test. */
export class DetachedProject implements AsyncDisposable {
  readonly dir: string
  readonly #pids = new Set<number>()

  constructor(fixture: string, files: Readonly<Record<string, string>> = {}) {
    this.dir = project(fixture, files)
  }

  /** `tsrv start -d` on a free port. */
  async start(args: readonly string[] = [], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
    const ended = await tsrv(this.dir, ['start', '-d', '-o', 'port=0', ...args], env)
    await this.status()
    return ended
  }

  /** As `start`, for a server that has to become ready. */
  async ready(args: readonly string[] = []): Promise<Status> {
    const { code, stderr } = await this.start(args)
    assert.deepEqual([code, stderr], [0, ''])
    const status = await this.status()
    assert.ok(status)
    return status
  }

  runFile(name: string): string {
    return path.join(this.dir, '.tsrv', name)
  }

  get log(): string {
    return existsSync(this.runFile('server.log')) ? readFileSync(this.runFile('server.log'), 'utf8') : ''
  }

  async status(): Promise<Status | undefined> {
    const status = await requestStatus(this.runFile('control.sock'))
    for (const { pid } of status === undefined ? [] : [status, ...status.workers]) {
      if (pid !== undefined) this.#pids.add(pid)
    }
    return status
  }

  /** Every process that was seen; all of them are gone after a stop. */
  async gone(): Promise<void> {
    await until(
      () => ![...this.#pids].some(isAlive),
      'the processes of the server to end',
      () => [...this.#pids].filter(isAlive).join(),
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.status().catch(() => {})
    const holder = readLock(this.runFile('lock'))
    if (holder !== undefined) process.kill(holder.pid, 'SIGKILL')
    try {
      await this.gone()
    } finally {
      for (const pid of this.#pids) if (isAlive(pid)) process.kill(pid, 'SIGKILL')
      rmSync(this.dir, { recursive: true, force: true })
    }
  }
}
