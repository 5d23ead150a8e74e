/** USR2 pauses, CONT resumes, as workers of message queues do it. */

export class PauseSignals implements Disposable {
  readonly #onPause = (): void => this.#tell?.('pause')
  readonly #onResume = (): void => this.#tell?.('resume')
  #tell: ((what: 'pause' | 'resume') => void) | undefined

  /** From here on USR2 does not end the process. */
  constructor() {
    process.on('SIGUSR2', this.#onPause)
    process.on('SIGCONT', this.#onResume)
  }

  listen(tell: (what: 'pause' | 'resume') => void): void {
    this.#tell = tell
  }

  [Symbol.dispose](): void {
    process.off('SIGUSR2', this.#onPause)
    process.off('SIGCONT', this.#onResume)
  }
}
