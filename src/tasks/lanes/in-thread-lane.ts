/** A lane without a thread of its own: tasks run where the task server runs, as in tests. Nothing can kill them. */
import { errorFromWire, type WireError } from '../../wire/error-report.ts'
import type { LaneState, Progress } from '../../wire/messages.ts'
import type { ThreadAnswer, ThreadTask } from '../../wire/thread-messages.ts'
import { type Lane, LaneDeath, type LaneEvents } from './lane.ts'

interface RunTerms {
  /** Aborts with the reason the task server gives. */
  readonly signal: AbortSignal
  readonly onProgress: (id: number, progress: Progress) => void
}

export interface InThreadLaneOptions {
  readonly number: number
  readonly capacity: number
  /** Rejects only with a LaneDeath: then the lane dies with all that runs in it, as a thread would. */
  readonly run: (task: ThreadTask, terms: RunTerms) => Promise<ThreadAnswer>
}

interface Running {
  readonly abort: AbortController
  readonly die: (death: LaneDeath) => void
}

export class InThreadLane implements Lane {
  readonly number: number
  readonly #options: InThreadLaneOptions
  readonly #running = new Map<number, Running>()
  #isOpen = false
  #isPaused = false
  /** It is leaving: resolves when nothing runs any more. */
  #empty: PromiseWithResolvers<void> | undefined
  #events: LaneEvents | undefined

  constructor(options: InThreadLaneOptions) {
    this.number = options.number
    this.#options = options
  }

  get state(): LaneState {
    if (!this.#isOpen) return 'dead'
    return this.#running.size > 0 ? 'busy' : 'idle'
  }

  get room(): number {
    const takesNone = !this.#isOpen || this.#isPaused || this.#empty !== undefined
    return takesNone ? 0 : this.#options.capacity - this.#running.size
  }

  /** Takes no new task. */
  pause(): void {
    this.#isPaused = true
  }

  resume(): void {
    this.#isPaused = false
    this.#events?.onRoom()
  }

  async start(events: LaneEvents): Promise<void> {
    this.#events = events
    this.#open()
  }

  async run(task: ThreadTask): Promise<ThreadAnswer> {
    // A pause may have come between the decision and this call.
    const isFull = this.#running.size >= this.#options.capacity
    if (!this.#isOpen || isFull) throw new Error(`lane ${this.number} was given a task while ${this.state}`)
    const abort = new AbortController()
    const death = Promise.withResolvers<never>()
    this.#running.set(task.id, { abort, die: death.reject })
    try {
      return await Promise.race([this.#runHere(task, abort.signal), death.promise])
    } finally {
      this.#running.delete(task.id)
      if (this.#running.size === 0) this.#empty?.resolve()
    }
  }

  abort(id: number, reason: WireError): void {
    this.#running.get(id)?.abort.abort(errorFromWire(reason))
  }

  /** The signal tells the code; should it go on, nobody waits for it any more. */
  kill(id: number): void {
    if (this.#running.has(id)) this.#die(new LaneDeath('killed', 'killed'))
  }

  async replace(): Promise<void> {}

  async retire(): Promise<void> {
    this.#empty ??= Promise.withResolvers<void>()
    if (this.#running.size > 0) await this.#empty.promise
    await this.stop()
  }

  async stop(): Promise<void> {
    this.#events = undefined
    this.#die(new LaneDeath('killed', 'stopped'))
  }

  async #runHere(task: ThreadTask, signal: AbortSignal): Promise<ThreadAnswer> {
    const onProgress = (id: number, progress: Progress): void => this.#events?.onProgress(id, progress)
    try {
      return await this.#options.run(task, { signal, onProgress })
    } catch (thrown) {
      if (thrown instanceof LaneDeath) this.#die(thrown)
      throw thrown
    }
  }

  /** With all that runs in it; another one opens in its place. */
  #die(death: LaneDeath): void {
    this.#isOpen = false
    for (const { die, abort } of this.#running.values()) {
      die(death)
      abort.abort(death)
    }
    this.#running.clear()
    setImmediate(() => this.#open())
  }

  #open(): void {
    if (this.#events === undefined) return
    this.#isOpen = true
    this.#events.onRoom()
  }
}
