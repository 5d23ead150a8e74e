/**
 * The drain of an HTTP worker: tells the program of it, finishes what is open, and tells the supervisor what is waited
 * for and what had to be cut.
 */
import { once } from 'node:events'
import { WorkerDrainEvent } from '../events/server-events.ts'
import type { SeenConnections } from '../http/connections.ts'
import type { HttpServer } from '../http/http-server.ts'
import { type Logger, server } from '../server.ts'
import type { TaskClient } from '../tasks/sender/task-client.ts'
import type { DrainTerms } from '../wire/messages.ts'
import { isLoss, NOTHING_OPEN, type OpenWork, wordsFor } from '../wire/open-work.ts'
import type { SupervisorLink } from './supervisor-link.ts'

export interface DrainParts {
  readonly link: Pick<SupervisorLink, 'send'>
  readonly http: HttpServer
  readonly tasks: TaskClient | undefined
  readonly log: { readonly logger: Logger }
  readonly workerId: number
}

/** Milliseconds between two looks at what is open. */
const REPORT_EVERY = 1000

export class WorkerDrain {
  readonly #abort = new AbortController()
  #done: Promise<void> | undefined
  #reported: OpenWork = NOTHING_OPEN

  /** Aborts when the drain begins. */
  get signal(): AbortSignal {
    return this.#abort.signal
  }

  /**
   * Resolves when nothing is open any more and the tasks sent from here are safe. A second call joins the first.
   *
   * @param tell dispatches an event; never rejects
   */
  run(terms: DrainTerms, parts: DrainParts, tell: (event: object) => Promise<void>): Promise<void> {
    this.#done ??= this.#run(terms, parts, tell)
    return this.#done
  }

  async #run(
    { within, idleGrace, isStop = false, givesUpSockets }: DrainTerms,
    parts: DrainParts,
    tell: (event: object) => Promise<void>,
  ): Promise<void> {
    const { http, tasks, workerId } = parts
    const deadline = AbortSignal.timeout(within)
    const onCut = (seen: SeenConnections): void => this.#cut(seen, within, parts)
    const drained = http.drain({ idleGrace, deadline, givesUpSockets, onCut })
    const told = tell(new WorkerDrainEvent(server, { workerId, within, isStop }))
    this.#abort.abort()
    this.#report(parts)
    const reports = setInterval(() => this.#report(parts), REPORT_EVERY)
    await Promise.all([drained, Promise.race([told, aborted(deadline)])])
    clearInterval(reports)
    this.#report(parts)
    await tasks?.allAccepted(deadline)
  }

  /** Nothing is sent while nothing has changed, so that an idle worker leaves in silence. */
  #report({ http, link }: DrainParts): void {
    const { open } = http.look()
    if (wordsFor(open) === wordsFor(this.#reported)) return
    this.#reported = open
    void link.send({ type: 'open', open })
  }

  #cut({ open, examples }: SeenConnections, within: number, { log, link }: DrainParts): void {
    const words = wordsFor(open)
    if (words === '') return
    const text = `Still open after ${within / 1000} s, and cut: ${words}`
    // A WebSocket has been told so by status 1001.
    log.logger[isLoss(open) ? 'warn' : 'info']({ event: 'cut', ...open, examples }, text)
    void link.send({ type: 'cut', cut: open })
  }
}

export async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort')
}
