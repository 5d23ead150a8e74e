/** Signals that ask for a reload: HUP and USR1 for everything, USR2 for the task workers. */
import type { ReloadRequest } from '../control/protocol.ts'
import { isInTerminal } from './stop-signals.ts'

export class ReloadSignals implements Disposable {
  readonly #onAll: () => void
  readonly #onTasks: () => void
  readonly #all: readonly NodeJS.Signals[] = isInTerminal() ? ['SIGUSR1'] : ['SIGUSR1', 'SIGHUP']

  constructor(onReload: (request: ReloadRequest) => void) {
    this.#onAll = () => onReload({})
    this.#onTasks = () => onReload({ only: 'tasks' })
    for (const signal of this.#all) process.on(signal, this.#onAll)
    process.on('SIGUSR2', this.#onTasks)
  }

  [Symbol.dispose](): void {
    for (const signal of this.#all) process.off(signal, this.#onAll)
    process.off('SIGUSR2', this.#onTasks)
  }
}
