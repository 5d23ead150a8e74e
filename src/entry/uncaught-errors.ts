/**
 * Errors that escaped everything in an HTTP worker that serves. The request they came from gets its 500, the others go
 * on, and a successor is asked for: nobody knows what such an error has left behind.
 */
import { randomUUID } from 'node:crypto'
import { describeThrown, messageOf } from '../errors.ts'
import { endBroken } from '../http/failure.ts'
import { nameOf, type OpenRequests } from '../http/open-requests.ts'
import type { Logger } from '../server.ts'
import type { Retirement } from '../wire/messages.ts'

export interface UncaughtErrorsOptions {
  readonly open: OpenRequests
  readonly log: Logger
  /** Called for the first errors; the first call counts. */
  readonly retire: (retirement: Retirement) => void
}

/** A timer that throws each time would fill the disk until the successor is there. */
const MOST_LOGGED = 10

export class UncaughtErrors {
  readonly #options: UncaughtErrorsOptions
  #count = 0

  constructor(options: UncaughtErrorsOptions) {
    this.#options = options
  }

  /** @param origin as Node has it: `uncaughtException` or `unhandledRejection` */
  caught(error: unknown, origin: string): void {
    this.#count++
    const { current } = this.#options.open
    const requestId = randomUUID()
    this.#log(error, { origin, ...(current !== undefined && { requestId, ...nameOf(current) }) })
    if (current?.response !== undefined) endBroken(current.response, requestId)
    if (this.#count > MOST_LOGGED) return
    const from = current === undefined ? '' : ` (${current.method} ${current.url})`
    this.#options.retire({ because: 'failed', reason: `${origin}: ${messageOf(error)}${from}` })
  }

  #log(error: unknown, fields: object): void {
    const { log } = this.#options
    if (this.#count === MOST_LOGGED + 1) log.error('More uncaught errors of this worker are not logged')
    if (this.#count > MOST_LOGGED) return
    try {
      log.error({ err: error, ...fields }, 'Uncaught error; this worker is replaced')
    } catch {
      // Its own getters throw: logged without them.
      log.error({ thrown: describeThrown(error), ...fields }, 'Uncaught error; this worker is replaced')
    }
  }
}
