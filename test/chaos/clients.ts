/** Connections that send one task after the other and remember the ids they were answered. */
import http from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import type { ChaosServer } from './chaos-server.ts'
import type { HistoryEvent } from './history.ts'
import type { Random } from './random.ts'

const REST = 15

export interface ClientsOptions {
  readonly count: number
  readonly random: Random
  /** They are answered when their task is stored, not when it is sent. */
  readonly kept?: boolean
}

export class Clients implements AsyncDisposable {
  readonly answered: HistoryEvent[] = []
  /** What kept requests from an answer of status 200, and how often. */
  readonly unanswered = new Map<string, number>()
  #isOver = false
  readonly #runs: readonly Promise<void>[]

  constructor(server: ChaosServer, options: ClientsOptions) {
    this.#runs = Array.from({ length: options.count }, () => this.#run(server, options))
  }

  /** Each waits for its last answer. */
  async end(): Promise<void> {
    this.#isOver = true
    await Promise.all(this.#runs)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.end()
  }

  async #run(server: ChaosServer, { random, kept = false }: ClientsOptions): Promise<void> {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
    while (!this.#isOver) {
      // Most tasks take no time; some take long enough to be caught by a kill.
      const task = random.below(10) === 0 ? { wait: 1 + random.below(20) } : {}
      try {
        const { status, ids } = await server.send(task, { kept, agent })
        for (const id of ids) this.answered.push({ kind: 'answered', id })
        if (status !== 200) this.#missed(`status ${status}`)
      } catch (error) {
        this.#missed((error as NodeJS.ErrnoException).code ?? String(error))
      }
      await pause(REST)
    }
    agent.destroy()
  }

  #missed(reason: string): void {
    this.unanswered.set(reason, (this.unanswered.get(reason) ?? 0) + 1)
  }
}
