/** Reasons to stop the server: the first one is graceful, a second one forces. */

export interface StopReason {
  /** Name of the signal, or the command that asked. */
  readonly reason: string
  readonly force: boolean
}

const STOP = ['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP'] as const
// Without a handler USR1 would open Node's inspector and USR2 would end the process.
const HARMLESS = ['SIGUSR1', 'SIGUSR2'] as const

export class StopSignals implements Disposable {
  readonly #first = Promise.withResolvers<StopReason>()
  readonly #forced = Promise.withResolvers<void>()
  readonly #onSignal = (signal: NodeJS.Signals): void => this.request(signal, false)
  readonly #onHarmless = (): void => {}
  #isRequested = false
  #isForced = false

  /** Listens from here on, so it is made before anything that a signal should not interrupt. */
  constructor() {
    for (const signal of HARMLESS) process.on(signal, this.#onHarmless)
    for (const signal of STOP) process.on(signal, this.#onSignal)
  }

  get first(): Promise<StopReason> {
    return this.#first.promise
  }

  get forced(): Promise<void> {
    return this.#forced.promise
  }

  get isRequested(): boolean {
    return this.#isRequested
  }

  get isForced(): boolean {
    return this.#isForced
  }

  request(reason: string, force: boolean): void {
    if (this.#isRequested || force) {
      this.#isForced = true
      this.#forced.resolve()
    }
    this.#isRequested = true
    this.#first.resolve({ reason, force })
  }

  [Symbol.dispose](): void {
    for (const signal of HARMLESS) process.off(signal, this.#onHarmless)
    for (const signal of STOP) process.off(signal, this.#onSignal)
  }
}
