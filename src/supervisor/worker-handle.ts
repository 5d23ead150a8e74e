/** One child process as the supervisor sees it. Twin of the entry files, which are its inside. */
import type { ChildProcess, SendHandle } from 'node:child_process'
import { messageOf } from '../errors.ts'
import { errorFromWire } from '../wire/error-report.ts'
import { startTimeOf } from '../util/process-identity.ts'
import type { FromChild, ToChild } from '../wire/messages.ts'
import { NOTHING_OPEN, type OpenWork } from '../wire/open-work.ts'
import type { Orphan } from './orphans.ts'
import { Pulse } from './pulse.ts'
import { canMove, type ChildRole, type ChildState } from './state.ts'

export interface Place {
  readonly role: ChildRole
  readonly slot: number
  readonly generation: number
  /** Of a service. */
  readonly name?: string
}

export interface WorkerEvents {
  onReady(worker: WorkerHandle): void
  onMessage(worker: WorkerHandle, message: FromChild): void
  onExit(worker: WorkerHandle, exit: WorkerExit): void
}

export interface WorkerExit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** What the child itself said about its end, or why it was not let become ready. */
  readonly bootError: Error | undefined
  /** What it said, or what it was killed for, when that was not its boot. */
  readonly lastWords: string | undefined
  /** It had been told to leave, however it then left. */
  readonly wasAsked: boolean
  /** Milliseconds that it was ready; 0 for a boot that failed. */
  readonly readyFor: number
}

/** What a drain is part of, as the message tells it. */
interface DrainKind {
  readonly last?: boolean
  readonly isStop?: boolean
  readonly givesUpSockets?: boolean
  readonly handsOver?: boolean
}

export class WorkerHandle implements Place {
  readonly role: ChildRole
  readonly slot: number
  readonly generation: number
  readonly name?: string
  readonly pid: number
  readonly startTime: string | undefined
  readonly pulse = new Pulse()
  readonly #child: ChildProcess
  readonly #now: () => number
  readonly #startedAt: number
  /** Their keys. */
  readonly #adopted = new Set<string>()
  #readyAt: number | undefined
  #isAsked = false
  #isRetiring = false
  #state: ChildState = 'starting'
  #bootError: Error | undefined
  #lastWords: string | undefined
  #termination: NodeJS.Timeout | undefined
  #deadline: NodeJS.Timeout | undefined
  #open = NOTHING_OPEN

  constructor(child: ChildProcess, place: Place, now: () => number, events: WorkerEvents) {
    this.#child = child
    this.#now = now
    this.role = place.role
    this.slot = place.slot
    this.generation = place.generation
    if (place.name !== undefined) this.name = place.name
    this.#startedAt = now()
    this.pid = child.pid ?? 0
    this.startTime = child.pid === undefined ? undefined : startTimeOf(child.pid)
    child.on('message', (message: FromChild) => this.#receive(message, events))
    // Emitted instead of 'exit' when the process could not even be spawned.
    child.on('error', (error) => {
      if (child.pid !== undefined) return
      this.#bootError ??= error
      this.#exited(null, null, events)
    })
    child.on('exit', (code, signal) => this.#exited(code, signal, events))
  }

  get state(): ChildState {
    return this.#state
  }

  /** A successor is wanted, after which it is drained. */
  get isRetiring(): boolean {
    return this.#isRetiring
  }

  /** Whole milliseconds. */
  get uptime(): number {
    return Math.round(this.#now() - this.#startedAt)
  }

  /** Milliseconds; 0 before it is ready. */
  get readyFor(): number {
    return this.#readyAt === undefined ? 0 : Math.max(0, this.#now() - this.#readyAt)
  }

  /** Process title and log name: `http 0`, `tasks`, `service mailbox`. */
  get label(): string {
    if (this.name !== undefined) return `service ${this.name}`
    return this.role === 'http-worker' ? `http ${this.slot}` : 'tasks'
  }

  /** What it said it has still open; asked during a drain. */
  get open(): OpenWork {
    return this.#open
  }

  send(message: ToChild): void {
    // A child that is gone is reported by its 'exit', not by a failing message.
    if (this.#child.connected) this.#child.send(message, () => {})
  }

  /** Has an HTTP worker accept from these sockets as well; it gives up others that it had been given. */
  adopt(orphans: readonly Orphan[]): void {
    for (const key of this.#adopted) {
      if (orphans.some((orphan) => orphan.key === key)) continue
      this.#adopted.delete(key)
      this.send({ type: 'release', key })
    }
    for (const { key, socket } of orphans) {
      if (this.#adopted.has(key) || !this.#child.connected) continue
      this.#adopted.add(key)
      const order = { type: 'adopt', key } satisfies ToChild
      // Node sends handles of its own as well, whatever the types say.
      this.#child.send(order, socket as unknown as SendHandle, { keepOpen: true }, () => {})
    }
  }

  /** Nobody accepts from these sockets any more: it takes in who waits in them, and closes them. */
  giveUp(keys: readonly string[]): void {
    for (const key of keys)
      if (this.#adopted.delete(key)) this.send({ type: 'release', key, isGivenUp: true })
  }

  /** @returns false when it is on its way already */
  retire(): boolean {
    if (this.#isRetiring || this.#state !== 'ready') return false
    this.#isRetiring = true
    return true
  }

  /** Asks the child to finish and leave; kills it when it has not left after `within` milliseconds. */
  drain(
    within: number,
    idleGrace: number,
    { last = false, isStop = false, givesUpSockets = false, handsOver = false }: DrainKind = {},
  ): void {
    if (!canMove(this.#state, 'draining')) return
    this.#state = 'draining'
    this.#isAsked = true
    const rarely = { ...(givesUpSockets && { givesUpSockets }), ...(handsOver && { handsOver }) }
    this.send({ type: 'drain', within, idleGrace, last, isStop, ...rarely })
    this.#deadline = setTimeout(() => this.kill(), Math.min(within + KILL_MARGIN, LONGEST_TIMER))
  }

  /** Asks a service to end; it gets SIGTERM and is killed when it still runs so many milliseconds after that. */
  stop({ stopTimeout, killTimeout }: { readonly stopTimeout: number; readonly killTimeout: number }): void {
    if (!canMove(this.#state, 'draining')) return
    this.#state = 'draining'
    this.#isAsked = true
    this.send({ type: 'drain', within: stopTimeout, idleGrace: 0, last: false })
    this.#termination = setTimeout(() => this.#child.kill('SIGTERM'), Math.min(stopTimeout, LONGEST_TIMER))
    this.#deadline = setTimeout(() => this.kill(), Math.min(killTimeout, LONGEST_TIMER))
  }

  /** Tells it to give up what it has open and to leave now; kills it when it has not left after `within` milliseconds. */
  giveUpWork(within: number): void {
    if (this.#state === 'starting') return this.kill()
    if (this.#state !== 'draining' && !canMove(this.#state, 'draining')) return
    this.#state = 'draining'
    this.#isAsked = true
    this.send({ type: 'drain', within: 0, idleGrace: 0, last: false, isStop: true })
    clearTimeout(this.#deadline)
    this.#deadline = setTimeout(() => this.kill(), within)
  }

  /** Ends a child that will never be ready, for the reason given. */
  failBoot(reason: Error): void {
    this.#bootError ??= reason
    this.kill()
  }

  kill(reason?: string): void {
    if (this.#state === 'dead') return
    this.#lastWords = reason ?? this.#lastWords
    if (canMove(this.#state, 'stopping')) this.#state = 'stopping'
    this.#child.kill('SIGKILL')
  }

  #receive(message: FromChild, events: WorkerEvents): void {
    if (message.type === 'open') this.#open = message.open
    if (message.type === 'boot-failed') this.#bootError = errorFromWire(message.error)
    if (message.type === 'last-words') this.#lastWords = message.reason
    if (message.type === 'ready' && this.#state === 'starting') {
      this.#state = 'ready'
      this.#readyAt = this.#now()
      events.onReady(this)
    }
    events.onMessage(this, message)
  }

  #exited(code: number | null, signal: NodeJS.Signals | null, events: WorkerEvents): void {
    if (this.#state === 'dead') return
    clearTimeout(this.#termination)
    clearTimeout(this.#deadline)
    this.#state = 'dead'
    const { readyFor } = this
    const said = { bootError: this.#bootError, lastWords: this.#lastWords }
    events.onExit(this, { code, signal, ...said, wasAsked: this.#isAsked, readyFor })
  }
}

/** How a process ended, in words. */
export function reasonOf({ code, signal, bootError, lastWords }: WorkerExit): string {
  if (bootError !== undefined) return messageOf(bootError)
  if (lastWords !== undefined) return lastWords
  return signal === null ? `it exited with code ${code}` : `it was ended by ${signal}`
}

/** The child cuts what is open at its deadline by itself; this is the time it gets to leave after that. */
const KILL_MARGIN = 2000
/** Node's timers turn a longer wait into 1 ms. */
const LONGEST_TIMER = 2 ** 31 - 1
