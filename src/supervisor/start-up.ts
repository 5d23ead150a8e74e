/** The start of a server as a promise: all of it is ready, or the first thing that went wrong. */
import { TsrvError } from '../errors.ts'
import type { Logger } from '../server.ts'
import { bootFailure, leadsTooLate } from './boot-failure.ts'
import type { PlaceName } from './plan.ts'
import type { WorkerHandle } from './worker-handle.ts'

export class StartUp {
  readonly #over = Promise.withResolvers<void>()
  #hasBegun = false
  #isDone = false

  constructor() {
    // A stop during the start must not turn it into an unhandled rejection.
    this.#over.promise.catch(() => {})
  }

  /** @throws TsrvError TSRV_ALREADY_STARTED */
  begin(): void {
    if (this.#hasBegun) throw new TsrvError('ALREADY_STARTED')
    this.#hasBegun = true
  }

  /** Rejects with TSRV_BOOT_FAILED, or with what `fail` was given. */
  get over(): Promise<void> {
    return this.#over.promise
  }

  done(): void {
    this.#isDone = true
    this.#over.resolve()
  }

  fail(error: unknown): void {
    this.#over.reject(error)
  }

  failAt(place: PlaceName, reason: string, cause: unknown): void {
    this.fail(bootFailure(place, reason, cause))
  }

  /** @param within milliseconds that it had; a server that is up goes on without a leader */
  ledTooLate(leader: WorkerHandle, within: number, log: Logger): void {
    const late = leadsTooLate(leader, within)
    if (this.#isDone) log.error({ err: late }, 'The leader has not begun to lead')
    else leader.failBoot(late)
  }

  abandon(): void {
    this.#hasBegun = true
    this.fail(new TsrvError('BOOT_FAILED', { process: 'The server', reason: 'it was told to stop' }))
  }
}
