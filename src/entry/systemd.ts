/**
 * What systemd is told of the server, see sd_notify(3): ready, reloading, stopping, alive. Node has no datagram sockets
 * with paths, so `systemd-notify` sends the messages; it is there where systemd is.
 */
import { execFile } from 'node:child_process'
import { messageOf } from '../errors.ts'
import type { Logger } from '../server.ts'

type Env = Readonly<Record<string, string | undefined>>

const NAMES = ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID'] as const

/** For children, who must not speak for the server. */
export function withoutNotification(env: Env): Env {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !NAMES.some((own) => own === name)))
}

export interface SystemdOptions {
  readonly env: Env
  readonly log: Logger
  /** One line for `systemctl status`. */
  readonly status: () => string
  /** Sends one message; for tests. */
  readonly send?: (lines: readonly string[], env: Env) => Promise<void>
}

export class Systemd implements Disposable {
  readonly #options: SystemdOptions
  readonly #isListening: boolean
  /** They have to arrive in the order in which things happened. */
  #sent: Promise<void> = Promise.resolve()
  #watchdog: NodeJS.Timeout | undefined
  #hasWarned = false

  /** Does nothing unless systemd, or whoever acts like it, has asked to be told. */
  constructor(options: SystemdOptions) {
    this.#options = options
    this.#isListening = (options.env['NOTIFY_SOCKET'] ?? '') !== ''
  }

  ready(): void {
    this.#tell('READY=1', `STATUS=${this.#options.status()}`, `MAINPID=${process.pid}`)
    this.#watch()
  }

  /** Whatever comes of a reload, the server is ready after it. */
  async reload<Result>(deed: () => Promise<Result>): Promise<Result> {
    this.reloading('Reloading')
    try {
      return await deed()
    } finally {
      this.ready()
    }
  }

  /** `ready` is the end of it. */
  reloading(status: string): void {
    // By the clock that hrtime reads as well: systemd sees by it that this is not about an earlier reload.
    const now = process.hrtime.bigint() / 1000n
    this.#tell('RELOADING=1', `MONOTONIC_USEC=${now}`, `STATUS=${status}`)
  }

  stopping(status: string): void {
    this.#tell('STOPPING=1', `STATUS=${status}`)
  }

  /** Resolves when everything has been said; never rejects. */
  get said(): Promise<void> {
    return this.#sent
  }

  [Symbol.dispose](): void {
    clearInterval(this.#watchdog)
  }

  /** Twice as often as it has to be. A supervisor whose loop is blocked says nothing, and is replaced. */
  #watch(): void {
    const { env } = this.#options
    const period = Number(env['WATCHDOG_USEC'] ?? 0) / 1000
    const isOurs = Number(env['WATCHDOG_PID'] ?? process.pid) === process.pid
    if (!(period > 0) || !isOurs || this.#watchdog !== undefined) return
    this.#watchdog = setInterval(() => this.#tell('WATCHDOG=1'), Math.max(1, period / 2))
    this.#watchdog.unref()
  }

  #tell(...lines: string[]): void {
    const { env, log, send = sendBySystemdNotify } = this.#options
    if (!this.#isListening) return
    this.#sent = this.#sent
      .then(() => send(lines, env))
      .catch((error: unknown) => {
        if (this.#hasWarned) return
        this.#hasWarned = true
        log.warn({ err: error }, `systemd cannot be told of this server: ${messageOf(error)}`)
      })
  }
}

/** Milliseconds; it waits for systemd to have read the message. */
const PATIENCE = 5000

async function sendBySystemdNotify(lines: readonly string[], env: Env): Promise<void> {
  const { NOTIFY_SOCKET, PATH } = env
  await new Promise<void>((resolve, reject) => {
    const options = { env: { NOTIFY_SOCKET, PATH }, timeout: PATIENCE }
    execFile('systemd-notify', [...lines], options, (error) => (error ? reject(error) : resolve()))
  })
}
