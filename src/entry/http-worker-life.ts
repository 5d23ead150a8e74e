/** The life of an HTTP worker after its boot: leads when told to, closes, drains, leaves. */
import type { Config } from '../config/config.ts'
import type { Services } from '../container/container.ts'
import type { EventDispatcher } from '../events/dispatcher.ts'
import * as events from '../events/server-events.ts'
import { endApp } from '../http/app-end.ts'
import type { App } from '../http/app-shape.ts'
import type { Adoptable } from '../http/http-server.ts'
import type { ProcessLog } from '../log/process-log.ts'
import { server } from '../server.ts'
import type { DrainTerms, ToChild } from '../wire/messages.ts'
import type { SupervisorLink } from './supervisor-link.ts'
import { aborted, type DrainParts, WorkerDrain } from './worker-drain.ts'

export interface HttpWorkerParts extends DrainParts {
  readonly link: SupervisorLink
  readonly app: App
  readonly services: Services
  readonly dispatcher: EventDispatcher
  readonly log: ProcessLog
}

/** Milliseconds that `close()` of the app gets even when its requests used up the time. */
const LEAST_FOR_APP = 1000
/** Milliseconds that tasks get to reach the task server when the supervisor has died. */
const LAST_FLUSH = 1000

export class HttpWorkerLife {
  #parts: HttpWorkerParts | undefined
  #isLeader = false
  readonly #drain = new WorkerDrain()
  /** The start listeners of the leader: a stop comes after them. */
  #leading: Promise<void> = Promise.resolve()

  get isLeader(): boolean {
    return this.#isLeader
  }

  /** Aborts when this worker is to take nothing new and to finish. */
  get drainSignal(): AbortSignal {
    return this.#drain.signal
  }

  begin(parts: HttpWorkerParts): void {
    this.#parts = parts
    parts.link.onOrder((order, handle) => void this.#obey(order, parts, handle))
  }

  /** Nobody would replace or stop this process any more. */
  async supervisorLost(): Promise<never> {
    const late = AbortSignal.timeout(LAST_FLUSH)
    await this.#parts?.tasks?.allAccepted(late)
    await this.#parts?.tasks?.reports.allHandled(late)
    this.#parts?.tasks?.flush()
    process.exit(0)
  }

  async #obey(order: ToChild<Config>, parts: HttpWorkerParts, handle?: Adoptable): Promise<void> {
    switch (order.type) {
      case 'lead':
        this.#leading = this.#lead(order.first, parts)
        return this.#leading
      case 'worker-error':
        return this.#tell(new events.WorkerErrorEvent(server, order.death), parts)
      case 'reload-event':
        await this.#leading
        return this.#tell(
          order.when === 'before'
            ? new events.BeforeReloadEvent(server)
            : new events.AfterReloadEvent(server),
          parts,
        )
      case 'adopt':
        return handle && parts.http.adopt(order.key, handle)
      case 'release':
        return parts.http.release(order.key, order.isGivenUp)
      case 'close':
        await this.#close(order, parts)
        return parts.link.send({ type: 'closed' })
      case 'drain':
        return this.#leave(order, order.last, parts)
      case 'boot':
      case 'warm-up':
      case 'ids':
      case 'reload':
      case 'resize':
      case 'stats?':
      case 'ask':
      case 'work':
        return
      default:
        return order satisfies never
    }
  }

  async #lead(isFirst: boolean, parts: HttpWorkerParts): Promise<void> {
    this.#isLeader = true
    parts.tasks?.lead()
    try {
      if (isFirst) await parts.dispatcher.dispatch(new events.ServerStartEvent(server))
    } catch (error) {
      await parts.link.failBoot(error)
    }
    await this.#tell(new events.LeaderStartEvent(server), parts)
    await parts.link.send({ type: 'led' })
  }

  #close(terms: DrainTerms, parts: HttpWorkerParts): Promise<void> {
    return this.#drain.run(terms, parts, (event) => this.#tell(event, parts))
  }

  async #leave(terms: DrainTerms, isLast: boolean, parts: HttpWorkerParts): Promise<never> {
    const endsAt = performance.now() + terms.within
    const startListeners = Promise.race([this.#leading, aborted(AbortSignal.timeout(terms.within))])
    const resigned = startListeners.then(() => (isLast ? undefined : this.#resign(parts)))
    await Promise.all([this.#close(terms, parts), resigned])
    if (this.#isLeader) await this.#tell(new events.LeaderStopEvent(server), parts)
    if (this.#isLeader && isLast) await this.#tell(new events.ServerShutdownEvent(server), parts)
    await this.#tell(new events.WorkerStopEvent(server, parts.workerId, false), parts)
    await endApp(parts.app, Math.max(LEAST_FOR_APP, endsAt - performance.now()), parts.log.logger)
    try {
      await parts.services.dispose()
    } catch (error) {
      parts.log.logger.error({ err: error }, 'A service could not be ended')
    }
    const left = Math.max(LEAST_FOR_APP, endsAt - performance.now())
    // A signal takes whole milliseconds only.
    const late = AbortSignal.timeout(Math.ceil(left))
    await parts.tasks?.reports.allHandled(late)
    // In the same turn, or another end could come in: what is not acknowledged is delivered again.
    parts.tasks?.flush()
    process.exit(0)
  }

  /** Others stay: one of them leads from now on, while this worker finishes its requests. */
  async #resign(parts: HttpWorkerParts): Promise<void> {
    if (!this.#isLeader) return
    await this.#tell(new events.LeaderStopEvent(server), parts)
    this.#isLeader = false
    parts.tasks?.resign()
    await parts.link.send({ type: 'resigned' })
  }

  /** Dispatches an event whose throwing listeners are logged while the rest run. */
  async #tell(event: object, { dispatcher, log }: HttpWorkerParts): Promise<void> {
    const onError = (error: unknown): void =>
      log.logger.error({ err: error }, `A listener of ${event.constructor.name} threw`)
    await dispatcher.dispatch(event, { onError })
  }
}
