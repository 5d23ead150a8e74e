/** A lane that runs functions in this very thread: the test decides when a task ends, and how. */
import type { WireError } from '../../../src/wire/error-report.ts'
import { type Lane, LaneDeath, type LaneEvents } from '../../../src/tasks/lanes/lane.ts'
import { packError } from '../../../src/tasks/task-error.ts'
import { decodePayload, encodePayload } from '../../../src/wire/payload.ts'
import type { LaneState, ThreadAnswer, ThreadTask } from '../../../src/wire/messages.ts'
import { NO_TAGS } from '../../../src/wire/tags.ts'

interface LaneTask {
  readonly id: number
  readonly workerId: number
  readonly attempt: number
  readonly data: unknown
  /** Aborts with the reason the task server gives. */
  readonly signal: AbortSignal
  readonly progress: (completion: number) => void
}

/** It may throw a LaneDeath: that ends the lane's thread instead of failing the task. */
export type Work = (task: LaneTask) => unknown

interface Running {
  readonly abort: AbortController
  readonly die: (death: LaneDeath) => void
}

export class FunctionLane implements Lane {
  readonly number: number
  readonly #work: Work
  readonly #capacity: number
  readonly #running = new Map<number, Running>()
  readonly #empty = Promise.withResolvers<void>()
  #isOpen = false
  #isRetiring = false
  #events: LaneEvents | undefined

  constructor(number: number, work: Work, capacity = 1) {
    this.number = number
    this.#work = work
    this.#capacity = capacity
  }

  get state(): LaneState {
    if (!this.#isOpen) return 'dead'
    return this.#running.size > 0 ? 'busy' : 'idle'
  }

  get room(): number {
    return this.#isOpen && !this.#isRetiring ? this.#capacity - this.#running.size : 0
  }

  async start(events: LaneEvents): Promise<void> {
    this.#events = events
    this.#open()
  }

  async run(task: ThreadTask): Promise<ThreadAnswer> {
    if (this.room <= 0) throw new Error(`lane ${this.number} was given a task while ${this.state}`)
    const abort = new AbortController()
    const death = Promise.withResolvers<never>()
    this.#running.set(task.id, { abort, die: death.reject })
    try {
      return await Promise.race([this.#runWork(task, abort.signal), death.promise])
    } finally {
      this.#running.delete(task.id)
      if (this.#isRetiring && this.#running.size === 0) this.#empty.resolve()
    }
  }

  abort(id: number, reason: WireError): void {
    this.#running.get(id)?.abort.abort(Object.assign(new Error(reason.message), { code: reason.code }))
  }

  kill(id: number): void {
    if (this.#running.has(id)) this.#die(new LaneDeath('killed', 'killed'))
  }

  async replace(): Promise<void> {}

  async retire(): Promise<void> {
    this.#isRetiring = true
    if (this.#running.size > 0) await this.#empty.promise
    await this.stop()
  }

  async stop(): Promise<void> {
    this.#events = undefined
    this.#die(new LaneDeath('killed', 'stopped'))
  }

  async #runWork({ id, workerId, attempt, data }: ThreadTask, signal: AbortSignal): Promise<ThreadAnswer> {
    const progress = (completion: number): void => this.#events?.onProgress(id, { completion })
    const task = { id, workerId, attempt, data: decodePayload(data, NO_TAGS), signal, progress }
    try {
      const value = await this.#work(task)
      return { ok: true, result: encodePayload(value, NO_TAGS, 'return value'), duration: 1 }
    } catch (thrown) {
      if (thrown instanceof LaneDeath) {
        this.#die(thrown)
        throw thrown
      }
      const error = signal.aborted ? signal.reason : thrown
      return { ok: false, error: packError(error, NO_TAGS), duration: 1 }
    }
  }

  /** With all that runs in it; a new thread opens in its place. */
  #die(death: LaneDeath): void {
    this.#isOpen = false
    for (const { die } of this.#running.values()) die(death)
    this.#running.clear()
    setImmediate(() => this.#open())
  }

  #open(): void {
    if (this.#events === undefined) return
    this.#isOpen = true
    this.#events.onRoom()
  }
}
