/** A server in watch mode, and somebody who saves files. */
import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { until } from '../until.ts'
import type { StartOptions } from './project.ts'
import { type LogRecord, ServerUnderTest } from './server-under-test.ts'

/** An app that answers with this. */
export const answers = (text: string): string => `export default () => new Response('${text}')`

export class WatchedServer implements AsyncDisposable {
  readonly server: ServerUnderTest
  /** Log records before this one have been looked at. */
  #seen = 0

  private constructor(server: ServerUnderTest) {
    this.server = server
  }

  static async start(fixture: string, options: StartOptions = {}): Promise<WatchedServer> {
    const args = ['--watch', ...(options.args ?? [])]
    return new WatchedServer(await ServerUnderTest.start(fixture, { ...options, args }))
  }

  path(file: string): string {
    return path.join(this.server.dir, file)
  }

  save(file: string, text: string): void {
    mkdirSync(path.dirname(this.path(file)), { recursive: true })
    writeFileSync(this.path(file), text)
  }

  /** As many editors save: a new file in the place of the old one. */
  saveByRename(file: string, text: string): void {
    writeFileSync(this.path(`${file}.tmp`), text)
    renameSync(this.path(`${file}.tmp`), this.path(file))
  }

  /** The next record of these events. */
  async next(...events: readonly string[]): Promise<LogRecord> {
    const matches = (record: LogRecord): boolean => events.includes(String(record['event']))
    const from = this.#seen
    const found = (): number => this.server.logs.findIndex((record, at) => at >= from && matches(record))
    await until(
      () => found() !== -1,
      events.join(' or '),
      () => JSON.stringify(this.server.logs.slice(-10)),
    )
    this.#seen = found() + 1
    return this.server.logs[this.#seen - 1]!
  }

  /** Waits for a reload that succeeds; returns the names of the files that caused it. */
  async reloaded(): Promise<readonly string[]> {
    const files = await this.reloading()
    const end = await this.next('reloaded', 'reload-failed')
    assert.equal(end['event'], 'reloaded', end.msg)
    return files
  }

  /** Waits for a reload that fails; returns what is said of it. */
  async failed(): Promise<string> {
    await this.reloading()
    const end = await this.next('reloaded', 'reload-failed')
    assert.equal(end['event'], 'reload-failed')
    return end.msg
  }

  async reloading(): Promise<readonly string[]> {
    const { changed } = await this.next('reloading')
    return (changed as string[]).map((file) => path.relative(this.server.dir, file))
  }

  /** What the records of the reloads name, all of them. */
  get changes(): readonly string[] {
    const records = this.server.logs.filter((record) => record['event'] === 'reloading')
    return records.map(({ changed }) => (changed as string[]).map((file) => path.basename(file)).join('+'))
  }

  async text(pathname = '/'): Promise<string> {
    return (await this.server.request(pathname)).text
  }

  /** The pid of the first HTTP worker that is ready: older ones may still be leaving. */
  async pid(): Promise<number> {
    const { workers } = await this.server.status()
    return workers.find(({ role, state }) => role === 'http' && state === 'ready')?.pid ?? 0
  }

  /** Open descriptors of the supervisor. */
  get descriptors(): number {
    return readdirSync(`/proc/${this.server.pid}/fd`).length
  }

  /** Processes that the supervisor has started and that still live. */
  get children(): readonly number[] {
    const text = readFileSync(`/proc/${this.server.pid}/task/${this.server.pid}/children`, 'utf8')
    return text.split(' ').filter(Boolean).map(Number)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]()
  }
}
