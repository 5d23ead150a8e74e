/**
 * A server in the background towards the command that started it and waits: tells how the start went, and stops
 * when that command is gone before the server is ready. The outside is `cli/commands/detach.ts`.
 */
import type { WireError } from '../wire/error-report.ts'
import type { ReadyServer } from './server-start.ts'

/** What the starting command hears, over the IPC channel that it opened: any warnings, then how it went. */
export type StartReport =
  | { readonly kind: 'warning'; readonly text: string }
  | ({ readonly kind: 'ready'; readonly configFile: string | undefined } & ReadyServer)
  | { readonly kind: 'failed'; readonly error: WireError }

export class Starter implements Disposable {
  #isWaiting = true
  readonly #onGone = (): void => {
    // The way of every other stop, also before anything handles the signal: then it just ends the process.
    if (this.#isWaiting) process.kill(process.pid, 'SIGTERM')
  }

  constructor() {
    process.once('disconnect', this.#onGone)
  }

  /** Whether the start is still going on. */
  get isWaiting(): boolean {
    return this.#isWaiting
  }

  /** Settles when the report is on its way; a command that is gone needs none. */
  async report(report: StartReport): Promise<void> {
    if (report.kind !== 'warning') this.#isWaiting = false
    await new Promise<void>((resolve) => {
      if (process.send === undefined || !process.connected) resolve()
      else process.send(report, undefined, {}, () => resolve())
    })
    // An open channel would keep this process from ending, whatever the command at its other end does.
    if (!this.#isWaiting) this[Symbol.dispose]()
  }

  [Symbol.dispose](): void {
    process.off('disconnect', this.#onGone)
    if (process.connected) process.disconnect?.()
  }
}
