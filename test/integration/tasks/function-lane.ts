/** A lane that runs functions in this very thread: the test decides when a task ends, and how. */
import type { WireError } from '../../../src/errors.ts'
import type { Lane, LaneEvents } from '../../../src/tasks/lanes/lane.ts'
import { packError } from '../../../src/tasks/task-runner.ts'
import { decodePayload, encodePayload } from '../../../src/wire/payload.ts'
import type { LaneState, ThreadAnswer, ThreadTask } from '../../../src/wire/messages.ts'
import { NO_TAGS } from '../../../src/wire/tags.ts'

export interface LaneTask {
  readonly id: number
  readonly workerId: number
  readonly attempt: number
  readonly data: unknown
  /** Aborts with the reason the task server gives. */
  readonly signal: AbortSignal
  readonly progress: (completion: number) => void
}

export type Work = (task: LaneTask) => unknown

/** Thrown by the work, it kills the lane instead of failing the task. */
export class LaneDeath extends Error {}

export class FunctionLane implements Lane {
  readonly number: number
  readonly #work: Work
  #state: LaneState = 'starting'
  #events: LaneEvents | undefined
  #abort: AbortController | undefined

  constructor(number: number, work: Work) {
    this.number = number
    this.#work = work
  }

  get state(): LaneState {
    return this.#state
  }

  async start(events: LaneEvents): Promise<void> {
    this.#events = events
    this.#becomeIdle()
  }

  async run({ id, workerId, attempt, data }: ThreadTask): Promise<ThreadAnswer> {
    if (this.#state !== 'idle') throw new Error(`lane ${this.number} was given a task while ${this.#state}`)
    this.#state = 'busy'
    const abort = new AbortController()
    this.#abort = abort
    const progress = (completion: number): void => this.#events?.onProgress(id, { completion })
    try {
      const task = {
        id,
        workerId,
        attempt,
        data: decodePayload(data, NO_TAGS),
        signal: abort.signal,
        progress,
      }
      const value = await this.#work(task)
      this.#state = 'idle'
      return { ok: true, result: encodePayload(value, NO_TAGS, 'return value'), duration: 1 }
    } catch (thrown) {
      if (thrown instanceof LaneDeath) {
        this.#state = 'dead'
        setImmediate(() => this.#becomeIdle())
        throw thrown
      }
      this.#state = 'idle'
      return { ok: false, error: packError(abort.signal.aborted ? abort.signal.reason : thrown), duration: 1 }
    }
  }

  abort(_id: number, reason: WireError): void {
    this.#abort?.abort(Object.assign(new Error(reason.message), { code: reason.code }))
  }

  async replace(): Promise<void> {}

  async retire(): Promise<void> {
    if (this.#state !== 'busy') await this.stop()
  }

  async stop(): Promise<void> {
    this.#state = 'dead'
    this.#events = undefined
  }

  #becomeIdle(): void {
    if (this.#events === undefined) return
    this.#state = 'idle'
    this.#events.onIdle()
  }
}
