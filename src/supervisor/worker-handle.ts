/** One child process as the supervisor sees it. Twin of the entry files, which are its inside. */
import type { ChildProcess } from 'node:child_process'
import { errorFromWire } from '../errors.ts'
import { startTimeOf } from '../util/process-identity.ts'
import type { FromChild, ToChild } from '../wire/messages.ts'
import { canMove, type ChildRole, type ChildState } from './state.ts'

export interface Place {
  readonly role: ChildRole
  readonly slot: number
  readonly generation: number
}

export interface WorkerEvents {
  onReady(worker: WorkerHandle): void
  onMessage(worker: WorkerHandle, message: FromChild): void
  onExit(worker: WorkerHandle, exit: WorkerExit): void
}

export interface WorkerExit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** What the child itself said about its failed boot. */
  readonly bootError: Error | undefined
  /** The state it left. */
  readonly from: ChildState
}

export class WorkerHandle implements Place {
  readonly role: ChildRole
  readonly slot: number
  readonly generation: number
  readonly pid: number
  readonly startTime: string | undefined
  readonly startedAt: number
  readonly #child: ChildProcess
  #state: ChildState = 'starting'
  #bootError: Error | undefined
  #deadline: NodeJS.Timeout | undefined

  constructor(child: ChildProcess, place: Place, startedAt: number, events: WorkerEvents) {
    this.#child = child
    this.role = place.role
    this.slot = place.slot
    this.generation = place.generation
    this.startedAt = startedAt
    this.pid = child.pid ?? 0
    this.startTime = child.pid === undefined ? undefined : startTimeOf(child.pid)
    child.on('message', (message: FromChild) => this.#receive(message, events))
    // Emitted instead of 'exit' when the process could not even be spawned.
    child.on('error', (error) => {
      this.#bootError ??= error
      if (child.pid === undefined) this.#exited(null, null, events)
    })
    child.on('exit', (code, signal) => this.#exited(code, signal, events))
  }

  get state(): ChildState {
    return this.#state
  }

  /** Process title and log name: `http 0`, `tasks`. */
  get label(): string {
    return this.role === 'http-worker' ? `http ${this.slot}` : 'tasks'
  }

  send(message: ToChild): void {
    // A child that is gone is reported by its 'exit', not by a failing message.
    if (this.#child.connected) this.#child.send(message, () => {})
  }

  /** Asks the child to finish and leave; kills it when it has not left after `within` milliseconds. */
  drain(within: number, idleGrace: number, last = false): void {
    if (!canMove(this.#state, 'draining')) return
    this.#state = 'draining'
    this.send({ type: 'drain', within, idleGrace, last })
    this.killAfter(within + KILL_MARGIN)
  }

  killAfter(ms: number): void {
    clearTimeout(this.#deadline)
    this.#deadline = setTimeout(() => this.kill(), ms)
  }

  /** Ends a child that will never be ready, for the reason given. */
  failBoot(reason: Error): void {
    this.#bootError ??= reason
    this.kill()
  }

  kill(): void {
    if (this.#state === 'dead') return
    if (canMove(this.#state, 'stopping')) this.#state = 'stopping'
    this.#child.kill('SIGKILL')
  }

  #receive(message: FromChild, events: WorkerEvents): void {
    if (message.type === 'boot-failed') this.#bootError = errorFromWire(message.error)
    if (message.type === 'ready' && this.#state === 'starting') {
      this.#state = 'ready'
      events.onReady(this)
    }
    events.onMessage(this, message)
  }

  #exited(code: number | null, signal: NodeJS.Signals | null, events: WorkerEvents): void {
    if (this.#state === 'dead') return
    clearTimeout(this.#deadline)
    const from = this.#state
    this.#state = 'dead'
    events.onExit(this, { code, signal, bootError: this.#bootError, from })
  }
}

/** The child cuts what is open at its deadline by itself; this is the time it gets to leave after that. */
const KILL_MARGIN = 2000
