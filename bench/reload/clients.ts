/**
 * Clients that ask again and again while a server reloads, each with one request at a time, and never try twice: what
 * they lose is what users without a retrying proxy in front would have lost.
 */
import http from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'

/** How a request can get lost. */
export type Loss = 'refused' | 'reset' | 'wrong' | 'hung'

interface Kind {
  readonly count: number
  readonly keepAlive: boolean
  /** Milliseconds the app takes to answer. */
  readonly takes: number
  /** Milliseconds between an answer and the next request. */
  readonly rest: () => number
}

/** Beyond what the app takes; who has no answer by then would wait for ever, or as long as the server lives. */
const HUNG_AFTER = 10_000

export const KINDS = {
  'keep-alive': { count: 16, keepAlive: true, takes: 0, rest: () => 10 },
  'connection per request': { count: 8, keepAlive: false, takes: 0, rest: () => 10 },
  'keep-alive with pauses up to 1.5 s': {
    count: 40,
    keepAlive: true,
    takes: 0,
    rest: () => Math.random() * 1500,
  },
  '3 s requests': { count: 10, keepAlive: false, takes: 3000, rest: () => 0 },
} as const satisfies Readonly<Record<string, Kind>>

export type KindName = keyof typeof KINDS

export interface Lost {
  readonly kind: KindName
  readonly loss: Loss
}

export class Clients {
  readonly lost: Lost[] = []
  answered = 0
  #isOver = false
  readonly #runs: readonly Promise<void>[]

  constructor(url: string) {
    this.#runs = Object.entries(KINDS).flatMap(([name, kind]) =>
      Array.from({ length: kind.count }, () => this.#run(url, name as KindName, kind)),
    )
  }

  /** Each waits for its last answer, or gives it up. */
  async end(): Promise<void> {
    this.#isOver = true
    await Promise.all(this.#runs)
  }

  async #run(url: string, name: KindName, { keepAlive, takes, rest }: Kind): Promise<void> {
    const agent = new http.Agent({ keepAlive, maxSockets: 1 })
    while (!this.#isOver) {
      const loss = await ask(`${url}/?ms=${takes}`, agent, takes + HUNG_AFTER)
      if (loss === undefined) this.answered++
      else this.lost.push({ kind: name, loss })
      // A port that nobody listens on refuses thousands of times a second; a user would not ask as often.
      await pause(loss === undefined ? rest() : Math.max(rest(), 100))
    }
    agent.destroy()
  }
}

/** @returns undefined when the answer came and was right */
export function ask(url: string, agent: http.Agent | false, patience: number): Promise<Loss | undefined> {
  return new Promise((resolve) => {
    const request = http.get(url, { agent }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
      response.once('error', () => end('reset'))
      response.once('end', () => end(response.statusCode === 200 && text === 'done' ? undefined : 'wrong'))
    })
    const end = (loss: Loss | undefined): void => {
      clearTimeout(timer)
      resolve(loss)
    }
    const timer = setTimeout(() => {
      end('hung')
      request.destroy()
    }, patience)
    request.once('error', ({ code }: NodeJS.ErrnoException) =>
      end(code === 'ECONNREFUSED' ? 'refused' : 'reset'),
    )
  })
}
