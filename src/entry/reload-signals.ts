/** Signals that ask for a reload: HUP and USR1 for everything, USR2 for the task workers. */
import type { ReloadRequest } from '../control/protocol.ts'
import { isInTerminal } from './stop-signals.ts'

export class ReloadSignals implements Disposable {
  readonly #onAll: (signal: string) => void
  readonly #onTasks: (signal: string) => void
  readonly #all: readonly NodeJS.Signals[] = isInTerminal() ? ['SIGUSR1'] : ['SIGUSR1', 'SIGHUP']

  /** @param onReload told the name of the signal as well */
  constructor(onReload: (request: ReloadRequest, by: string) => void) {
    this.#onAll = (signal) => onReload({}, signal)
    this.#onTasks = (signal) => onReload({ only: 'tasks' }, signal)
    for (const signal of this.#all) process.on(signal, this.#onAll)
    process.on('SIGUSR2', this.#onTasks)
  }

  [Symbol.dispose](): void {
    for (const signal of this.#all) process.off(signal, this.#onAll)
    process.off('SIGUSR2', this.#onTasks)
  }
}
