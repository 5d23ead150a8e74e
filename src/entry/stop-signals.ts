/** Reasons to stop the server: the first one is graceful, a second one forces. */
import { isatty } from 'node:tty'

export interface StopReason {
  /** Name of the signal, or the command that asked. */
  readonly reason: string
  readonly force: boolean
}

const STOP = ['SIGTERM', 'SIGINT', 'SIGQUIT'] as const

/** A closed terminal sends HUP to the server in its foreground, which nobody looks at any more; else HUP reloads. */
export function isInTerminal(): boolean {
  // Not process.stdin: using it would open the descriptor, which a restart needs for itself (stand-in-line.ts).
  return isatty(0) || isatty(1) || isatty(2)
}

/**
 * Milliseconds in which the same signal again is the same keystroke: npm, and our own run under a newer Node,
 * pass on what the terminal has already sent to the whole group.
 */
const ECHO = 200

/**
 * Without a handler USR1 would open Node's inspector, USR2 and HUP would end the process, TTIN and TTOU suspend it:
 * the first thing done. What they ask for is done once the server can (reload-signals.ts, scale-signals.ts).
 */
export function ignoreHarmlessSignals(): void {
  const harmless = ['SIGUSR1', 'SIGUSR2', 'SIGTTIN', 'SIGTTOU'] as const
  for (const signal of isInTerminal() ? harmless : ([...harmless, 'SIGHUP'] as const)) {
    process.on(signal, () => {})
  }
}

export class StopSignals implements Disposable {
  readonly #first = Promise.withResolvers<StopReason>()
  readonly #forced = Promise.withResolvers<void>()
  readonly #abort = new AbortController()
  readonly #onSignal = (signal: NodeJS.Signals): void => this.#receive(signal)
  readonly #now: () => number
  readonly #signals: readonly NodeJS.Signals[] = isInTerminal() ? [...STOP, 'SIGHUP'] : STOP
  #last: { readonly signal: NodeJS.Signals; readonly at: number } | undefined
  #isRequested = false
  #isForced = false

  /**
   * Listens from here on, so it is made before anything that a signal should not interrupt.
   *
   * @param now milliseconds on a clock that only runs forward
   */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now
    for (const signal of this.#signals) process.on(signal, this.#onSignal)
  }

  get first(): Promise<StopReason> {
    return this.#first.promise
  }

  get forced(): Promise<void> {
    return this.#forced.promise
  }

  /** Aborts with the first reason. */
  get signal(): AbortSignal {
    return this.#abort.signal
  }

  get isRequested(): boolean {
    return this.#isRequested
  }

  get isForced(): boolean {
    return this.#isForced
  }

  /** Asked twice without force, the second asker just waits as well: scripts do that. */
  request(reason: string, force: boolean): void {
    if (force) {
      this.#isForced = true
      this.#forced.resolve()
    }
    this.#isRequested = true
    this.#first.resolve({ reason, force })
    this.#abort.abort()
  }

  [Symbol.dispose](): void {
    for (const signal of this.#signals) {
      // It has been told to stop and is about to end: one signal more must not make that a death by signal.
      if (this.#isRequested) process.on(signal, () => {})
      process.off(signal, this.#onSignal)
    }
  }

  #receive(signal: NodeJS.Signals): void {
    const last = this.#last
    const now = this.#now()
    this.#last = { signal, at: now }
    if (last?.signal === signal && now - last.at < ECHO) return
    this.request(signal, this.#isRequested)
  }
}
