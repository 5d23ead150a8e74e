/** A lane on loan: an ordinary one that can be paused, tells of its tasks, and runs no more of them than agreed. */
import type { WireError } from '../../wire/error-report.ts'
import type { LaneState } from '../../wire/messages.ts'
import type { ThreadAnswer, ThreadTask } from '../../wire/thread-messages.ts'
import type { Lane, LaneEvents } from './lane.ts'

/** What the lanes of one loan share. */
export interface Loan {
  readonly queue?: string | undefined
  isPaused: boolean
  /** Tasks that may still be begun and that no lane has taken for itself; Infinity without a limit. */
  left: number
}

export interface LentLaneEvents {
  onStart(lane: LentLane, task: ThreadTask): void
  /** Undefined: the thread died. */
  onEnd(lane: LentLane, task: ThreadTask, answer: ThreadAnswer | undefined): void
}

export class LentLane implements Lane {
  readonly #lane: Lane
  readonly #loan: Loan
  readonly #told: LentLaneEvents
  /** Taken from the loan beforehand, so that lanes which look for tasks at once do not begin too many. */
  #taken = 0
  #running = 0
  #events: LaneEvents | undefined

  constructor(lane: Lane, loan: Loan, told: LentLaneEvents) {
    this.#lane = lane
    this.#loan = loan
    this.#told = told
    this.#take()
  }

  get number(): number {
    return this.#lane.number
  }

  get queue(): string | undefined {
    return this.#loan.queue
  }

  get state(): LaneState {
    return this.#lane.state
  }

  get room(): number {
    if (this.#loan.isPaused) return 0
    // Without a limit the lane itself sets it.
    return this.#loan.left === Infinity ? this.#lane.room : Math.min(this.#lane.room, this.#taken)
  }

  /** It will not begin another task, and none runs in it. */
  get isSpent(): boolean {
    return this.#taken === 0 && this.#running === 0 && this.#loan.left === 0
  }

  start(events: LaneEvents): Promise<void> {
    this.#events = events
    return this.#lane.start(events)
  }

  async run(task: ThreadTask): Promise<ThreadAnswer> {
    this.#taken = Math.max(0, this.#taken - 1)
    this.#running++
    this.#told.onStart(this, task)
    let answer: ThreadAnswer | undefined
    try {
      const running = this.#lane.run(task)
      if (this.#lane.room > 0) this.#take()
      answer = await running
      return answer
    } finally {
      this.#running--
      this.#take()
      this.#told.onEnd(this, task, answer)
    }
  }

  /** The loan is no longer paused. */
  resumed(): void {
    if (this.room > 0) this.#events?.onRoom()
  }

  abort(id: number, reason: WireError): void {
    this.#lane.abort(id, reason)
  }

  kill(id: number): void {
    this.#lane.kill(id)
  }

  replace(): Promise<void> {
    return this.#lane.replace()
  }

  retire(): Promise<void> {
    return this.#lane.retire()
  }

  stop(): Promise<void> {
    return this.#lane.stop()
  }

  #take(): void {
    if (this.#taken > 0 || this.#loan.left === 0) return
    this.#taken = 1
    this.#loan.left--
  }
}
