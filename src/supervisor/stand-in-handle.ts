/**
 * A stand-in as a supervisor sees it: first the one that it stands in for, then the successor of that one.
 * Twin of `stand-in.ts`, which is its inside.
 */
import type { IdBlocks } from '../control/id-blocks.ts'
import { TsrvError } from '../errors.ts'
import { withDeadline } from '../util/deadline.ts'
import { isSameProcess } from '../util/process-identity.ts'
import { errorFromWire } from '../wire/error-report.ts'
import type { DrainTerms } from '../wire/messages.ts'
import {
  type FromStandIn,
  type Legacy,
  STAND_IN_PROTOCOL,
  type StandInProcess,
  type ToStandIn,
} from '../wire/stand-in.ts'
import { isSocketHandle, type SocketHandle } from './bind.ts'

/** Either end of the channel to it. */
export interface StandInLine {
  send(message: ToStandIn): void
  /** @param handle called with what came with the message, if anything */
  onMessage(handle: (message: FromStandIn, socket: unknown) => void): void
  onClosed(handle: () => void): void
  close(): void
}

export interface StandInHandleOptions {
  readonly line: StandInLine
  readonly ids: Pick<IdBlocks, 'take'>
  readonly kill: (pid: number) => void
}

export interface Inherited {
  readonly legacy: Legacy
  readonly handles: readonly SocketHandle[]
}

export class StandInHandle {
  readonly #options: StandInHandleOptions
  readonly #standing = Promise.withResolvers<void>()
  readonly #hushed = Promise.withResolvers<void>()
  readonly #inherited = Promise.withResolvers<Inherited>()
  readonly #gone = Promise.withResolvers<void>()
  readonly #handles: SocketHandle[] = []
  #legacy: Legacy | undefined
  #processes: readonly StandInProcess[] = []

  constructor(options: StandInHandleOptions) {
    this.#options = options
    for (const awaited of [this.#standing, this.#hushed, this.#inherited]) awaited.promise.catch(() => {})
    options.line.onMessage((message, socket) => this.#receive(message, socket))
    options.line.onClosed(() => this.#closed())
  }

  /** Its own process and its HTTP workers, once they are known. */
  get processes(): readonly StandInProcess[] {
    return this.#processes
  }

  /** Resolves when it has ended. */
  get gone(): Promise<void> {
    return this.#gone.promise
  }

  /**
   * Has it serve beside the workers that there are.
   *
   * @param patience milliseconds
   * @throws what its code or configuration has against it
   */
  stand(legacy: Legacy, patience: number): Promise<void> {
    this.#send({ type: 'stand-in', protocol: STAND_IN_PROTOCOL, ...legacy })
    const late = (): Error => new TsrvError('BOOT_TIMEOUT', { process: 'It', seconds: patience / 1000 })
    return withDeadline(this.#standing.promise, patience, late)
  }

  /** Resolves when it says nothing more until a successor speaks. */
  hush(): Promise<void> {
    this.#send({ type: 'hush' })
    return withDeadline(this.#hushed.promise, ANSWER, noAnswer)
  }

  /** For the successor: the sockets, and what is to be known about them. */
  takeOver(): Promise<Inherited> {
    this.#send({ type: 'successor' })
    return withDeadline(this.#inherited.promise, ANSWER, noAnswer)
  }

  /** Asks it to drain and end, and kills it when it does not. Resolves when it is gone; never rejects. */
  async leave(terms: DrainTerms): Promise<void> {
    this.#send({ type: 'leave', ...terms })
    const timer = setTimeout(() => this.kill(), Math.min(terms.within + KILL_MARGIN, LONGEST_TIMER))
    await this.#gone.promise
    clearTimeout(timer)
  }

  /** It is not needed after all. It ends by itself when the channel does. */
  dismiss(): void {
    this.#options.line.close()
    setTimeout(() => this.kill(), DISMISSAL).unref()
  }

  kill(): void {
    for (const process of this.#processes) if (isSameProcess(process)) this.#options.kill(process.pid)
  }

  #send(message: ToStandIn): void {
    this.#options.line.send(message)
  }

  #receive(message: FromStandIn, socket: unknown): void {
    switch (message.type) {
      case 'ids?':
        return this.#giveIds(message)
      case 'begun':
        this.#processes = message.processes
        return
      case 'standing':
        this.#processes = message.processes
        return this.#standing.resolve()
      case 'failed':
        return this.#standing.reject(errorFromWire(message.error))
      case 'hushed':
        return this.#hushed.resolve()
      case 'legacy': {
        const { type: _, processes, ...legacy } = message
        this.#legacy = legacy
        this.#processes = processes
        return
      }
      case 'socket':
        if (isSocketHandle(socket)) this.#handles.push(socket)
        return this.#checkInherited()
      default:
        return message satisfies never
    }
  }

  /** A disk that is full for a while is waited for; its workers go on with their reserves meanwhile. */
  #giveIds(asked: Extract<FromStandIn, { type: 'ids?' }>): void {
    try {
      this.#send({ type: 'ids', request: asked.request, range: this.#options.ids.take(asked.kind) })
    } catch {
      setTimeout(() => this.#giveIds(asked), RETRY_AFTER).unref()
    }
  }

  #checkInherited(): void {
    const legacy = this.#legacy
    if (legacy === undefined || this.#handles.length < legacy.paths.length) return
    this.#inherited.resolve({ legacy, handles: this.#handles })
  }

  #closed(): void {
    const ended = new TsrvError('BOOT_FAILED', { process: 'The stand-in', reason: 'it ended' })
    for (const awaited of [this.#standing, this.#hushed, this.#inherited]) awaited.reject(ended)
    this.#gone.resolve()
  }
}

/** Milliseconds for an answer that takes no time. */
const ANSWER = 10_000
const RETRY_AFTER = 1000
/** Milliseconds for its workers to bring their tasks to safety. */
const DISMISSAL = 2000
/** It kills its own workers a little after the time is up; this is when something is wrong with it itself. */
const KILL_MARGIN = 4000
/** Node's timers turn a longer wait into 1 ms. */
const LONGEST_TIMER = 2 ** 31 - 1

function noAnswer(): Error {
  return new TsrvError('BOOT_TIMEOUT', { process: 'The stand-in', seconds: ANSWER / 1000 })
}
