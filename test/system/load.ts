/** Clients that ask again and again, on kept and on fresh connections, while something happens to the server. */
import http from 'node:http'
import https from 'node:https'
import { setTimeout as pause } from 'node:timers/promises'
import { until } from '../until.ts'
import type { ServerUnderTest } from './server-under-test.ts'

export interface LoadOptions {
  /** Clients that keep their connection. */
  readonly kept: number
  /** Clients that make a connection for each request. */
  readonly fresh: number
  /** Milliseconds between two requests of a client. Default: 20; with 0 the machine is busy with nothing else. */
  readonly rest?: number | (() => number)
  /** What they ask for. Default `/`. */
  readonly path?: string
  /** Makes them POST it. */
  readonly body?: string
  /** Default: any answer with status 200. */
  readonly isRight?: (text: string) => boolean
}

/** Milliseconds; who has no answer by then would wait for ever. */
const HUNG_AFTER = 30_000

/** Ends a failure of a request that was not the first one on its connection. */
export const ON_KEPT = ' on a kept connection'

export class Load implements AsyncDisposable {
  /** What went wrong, one entry for each request. */
  readonly failures: string[] = []
  /** Requests that were answered or failed. */
  answers = 0
  #isOver = false
  readonly #runs: readonly Promise<void>[]

  constructor(server: ServerUnderTest, options: LoadOptions) {
    const { kept, fresh } = options
    const { Agent } = server.url.startsWith('https:') ? https : http
    const agents = Array.from(
      { length: kept + fresh },
      (_, index) => new Agent({ keepAlive: index < kept, maxSockets: 1 }),
    )
    this.#runs = agents.map((agent) => this.#run(server, agent, options))
  }

  /** Resolves when so many more requests have been answered or have failed. */
  async goesOn(count: number): Promise<void> {
    const enough = this.answers + count
    await until(() => this.answers >= enough, `${count} answers`)
  }

  /** Ends the clients; each waits for its last answer. */
  async end(): Promise<void> {
    this.#isOver = true
    await Promise.all(this.#runs)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.end()
  }

  async #run(server: ServerUnderTest, agent: http.Agent, options: LoadOptions): Promise<void> {
    const { rest = 20, path = '/', body, isRight = () => true } = options
    while (!this.#isOver) {
      try {
        const signal = AbortSignal.timeout(HUNG_AFTER)
        const { status, text } = await server.request(path, {
          agent,
          signal,
          ...(body !== undefined && { method: 'POST', body }),
        })
        if (status !== 200 || !isRight(text)) this.failures.push(`${status} ${text}`)
      } catch (error) {
        const { wasKept = false } = error as { wasKept?: boolean }
        this.failures.push(`${String(error)}${wasKept ? ON_KEPT : ''}`)
      }
      this.answers++
      const ms = typeof rest === 'number' ? rest : rest()
      if (ms > 0) await pause(ms)
    }
    agent.destroy()
  }
}
