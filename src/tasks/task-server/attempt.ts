/** One run of a task in a lane: its time limit, its cancellation, and the end of the thread when neither is heard. */
import { TsrvError } from '../../errors.ts'
import { errorToWire } from '../../wire/error-report.ts'
import type { ThreadAnswer } from '../../wire/thread-messages.ts'
import type { Claim } from '../broker.ts'
import { type Lane, LaneDeath } from '../lanes/lane.ts'

/** Milliseconds a task gets to end after its signal has aborted. */
const KILL_GRACE = 500

export type Ending =
  | { readonly kind: 'answer'; readonly answer: ThreadAnswer }
  | { readonly kind: 'death'; readonly death: LaneDeath }

export interface AttemptResult {
  readonly ending: Ending
  /** Why it was told to stop, if it was. */
  readonly stoppedBy: StopCause | undefined
  /** Nothing else ran in its thread: if that died, this task was the cause. */
  readonly wasAlone: boolean
  /** Milliseconds. */
  readonly duration: number
}

export type StopCause = 'timeout' | 'cancel'

export interface AttemptOptions {
  /** Milliseconds; undefined is no limit. */
  readonly timeout: number | undefined
  /** Asked at the end: has anything else run in the lane meanwhile? */
  readonly wasAlone: () => boolean
}

export class Attempt {
  readonly claim: Claim
  readonly lane: Lane
  #stoppedBy: StopCause | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(claim: Claim, lane: Lane) {
    this.claim = claim
    this.lane = lane
  }

  /** Never rejects. */
  async run({ timeout, wasAlone }: AttemptOptions): Promise<AttemptResult> {
    const startedAt = performance.now()
    if (timeout !== undefined) this.#timer = setTimeout(() => this.#late(timeout), timeout)
    const ending = await this.#runInLane()
    clearTimeout(this.#timer)
    const elapsed = Math.round((performance.now() - startedAt) * 1000) / 1000
    const duration = ending.kind === 'answer' ? ending.answer.duration : elapsed
    return { ending, stoppedBy: this.#stoppedBy, wasAlone: wasAlone(), duration }
  }

  cancel(): void {
    this.#stop('cancel', new TsrvError('TASK_CANCELLED', { id: this.claim.task.id }))
  }

  async #runInLane(): Promise<Ending> {
    const { task, attempt } = this.claim
    const { id, workerId, data, owner } = task
    const run = { do: 'task', id, workerId, attempt, data, ...(owner !== undefined && { owner }) } as const
    try {
      const answer = await this.lane.run(run)
      return { kind: 'answer', answer }
    } catch (error) {
      const death = error instanceof LaneDeath ? error : new LaneDeath('crashed', String(error))
      return { kind: 'death', death }
    }
  }

  #late(timeout: number): void {
    const { task, attempt } = this.claim
    this.#stop('timeout', new TsrvError('TASK_TIMED_OUT', { id: task.id, timeout, attempt }))
  }

  #stop(cause: StopCause, error: TsrvError): void {
    if (this.#stoppedBy !== undefined) return
    this.#stoppedBy = cause
    clearTimeout(this.#timer)
    this.lane.abort(this.claim.task.id, errorToWire(error))
    // Synchronous code hears nothing; its thread has to go.
    this.#timer = setTimeout(() => this.lane.kill(this.claim.task.id), KILL_GRACE)
  }
}
