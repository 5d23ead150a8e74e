/**
 * Gives waiting tasks to lanes and decides what becomes of each attempt. Claims are stored before a task runs, its
 * end before anybody hears of it.
 */
import type { Logger } from '../../server.ts'
import { Attempt, type AttemptResult } from './attempt.ts'
import type { Broker, Claim } from '../broker.ts'
import type { Lane } from '../lanes/lane.ts'
import { LaneBoard } from '../lanes/lane-board.ts'
import { Outcomes } from './outcomes.ts'
import { Pace } from './pace.ts'
import { ParkedClaims } from './parked-claims.ts'
import { type Claimed, type ClaimPlan, QueueClaims } from './queue-claims.ts'
import type { QueueTerms } from './queue-demand.ts'
import type { TaskEnd, TaskEnvelope } from '../task.ts'
import type { LogBook } from './log-book.ts'
import { cancelledVerdict, judge, judgeAbandoned, type TaskRules } from './verdict.ts'

export interface SchedulerOptions {
  readonly broker: Broker
  readonly book: LogBook
  readonly lanes: () => readonly Lane[]
  readonly rules: () => TaskRules
  readonly queues: () => QueueTerms
  readonly log: Logger
  /** Milliseconds since 1970. */
  readonly now: () => number
  readonly events: SchedulerEvents
}

interface SchedulerEvents {
  /** Before these tasks run; synchronous, so that their senders can be told first. */
  onStart(tasks: readonly TaskEnvelope[]): void
  /** The end of a task is stored. */
  onEnd(task: TaskEnvelope, end: TaskEnd): void
  /** Nothing runs, and nothing is being claimed. */
  onIdle(): void
}

export class Scheduler {
  readonly #options: SchedulerOptions
  readonly #board: LaneBoard
  readonly #claims: QueueClaims
  readonly #running = new Map<number, Attempt>()
  /** Claimed, and waiting for a lane. */
  readonly #parked = new ParkedClaims()
  /** Claimed before there was a lane for them. */
  readonly #ahead = new WeakSet<Claim>()
  readonly #pace = new Pace()
  readonly #outcomes: Outcomes
  /** To be cancelled, and not seen here yet: their claim is under way. */
  readonly #cancelled = new Set<number>()
  /** One for each queue that is being paused: what is claimed from it still goes back. */
  readonly #pausing = new Set<{ readonly queue: string }>()
  readonly #stop = new AbortController()
  #isClaiming = false
  /** The claim that is under way, or the last one. */
  #claiming: Promise<void> = Promise.resolve()
  #isPaused = false
  /** The next task must not be claimed before it can run. */
  #isAheadBarred = false

  constructor(options: SchedulerOptions) {
    this.#options = options
    this.#board = new LaneBoard(options.lanes)
    const { signal } = this.#stop
    this.#claims = new QueueClaims({ ...options, signal, onAgain: () => this.#pump() })
    this.#outcomes = new Outcomes({
      ...options,
      signal,
      onEnd: (task, end) => options.events.onEnd(task, end),
      onReturned: ({ task: { queue }, isSuspect }) => {
        if (isSuspect) this.expectSuspects([queue])
        this.wake([queue])
      },
    })
    options.broker.onAvailable(() => void this.#claims.lookForSuspects().then(() => this.wake()))
  }

  get running(): ReadonlyMap<number, Attempt> {
    return this.#running
  }

  get isIdle(): boolean {
    const open = this.#running.size + this.#parked.count + this.#outcomes.underWay
    return open === 0 && !this.#isClaiming
  }

  /** Tasks that are claimed and do not run yet. */
  get parked(): number {
    return this.#parked.count
  }

  /** Decides about what a dead task server left running, before anything new runs. */
  async resume(): Promise<void> {
    const { broker, rules } = this.#options
    for (const claim of await broker.reapExpired()) {
      await this.#outcomes.store(claim, judgeAbandoned(claim, { rules: rules() }))
    }
    await this.#claims.lookForSuspects()
  }

  /** There may be something to claim in these queues; without names, in any. */
  wake(queues?: Iterable<string>): void {
    this.#claims.wake(queues)
    this.#pump()
  }

  /** A lane has room. */
  hasRoom(): void {
    this.#pump()
  }

  /** Tasks have come that ran when another task server died. */
  expectSuspects(queues: Iterable<string>): void {
    this.#claims.expectSuspects(queues)
  }

  /** Nothing new is claimed from now on. */
  pause(): void {
    this.#isPaused = true
    for (const claim of this.#parked.take()) void this.#outcomes.giveBack(claim)
  }

  /**
   * Nothing of this queue starts from now on, until it is resumed or that time (milliseconds since 1970): also what was
   * claimed ahead goes back.
   */
  async pauseQueue(queue: string, until: number): Promise<void> {
    // Before anything is given back, which would be claimed at once.
    const paused = this.#options.broker.pause(queue, until)
    const pausing = { queue }
    this.#pausing.add(pausing)
    const claims = this.#parked.take(({ task }) => task.queue === queue)
    const returned = Promise.all(claims.map((claim) => this.#outcomes.giveBack(claim)))
    try {
      await paused
      // It may have been asked for before the pause.
      await this.#claiming
      await returned
    } finally {
      this.#pausing.delete(pausing)
    }
  }

  /** Ends a claimed task, or tells a running one to end. */
  cancel(id: number): boolean {
    const [claim] = this.#parked.take(({ task }) => task.id === id)
    if (claim !== undefined) void this.#outcomes.store(claim, cancelledVerdict(claim))
    const attempt = this.#running.get(id)
    attempt?.cancel()
    return attempt !== undefined || claim !== undefined
  }

  /** As `cancel`, for a task whose claim has been made and has not arrived here. */
  cancelOnArrival(id: number): void {
    if (!this.cancel(id) && this.#isClaiming) this.#cancelled.add(id)
  }

  /** Gives back what runs, uncounted: the next task server runs it again. The lanes must be ended by the caller. */
  async abandon(): Promise<void> {
    this.pause()
    this.#stop.abort()
    const claims = [...this.#running.values()].map(({ claim }) => claim)
    this.#running.clear()
    await Promise.all(claims.map((claim) => this.#outcomes.giveBack(claim, true)))
    // What it brings has been given back as well.
    await this.#claiming
  }

  #pump(): void {
    if (this.#stop.signal.aborted) return
    this.#startParked()
    if (this.#isClaiming || this.#isPaused) return
    const places = (suspects: boolean): number => (suspects ? this.#roomForSuspect() : this.#wanted())
    const plan = this.#claims.plan(places, this.#board.ownRoom)
    if (plan.shares.length > 0) this.#claiming = this.#claim(plan)
  }

  /** It runs alone. */
  #roomForSuspect(): number {
    return this.#running.size + this.#parked.count === 0 ? Math.min(1, this.#board.room) : 0
  }

  /** Room in the lanes, and what they will have done before the next commit. */
  #wanted(): number {
    const { room } = this.#board
    // The first of them needs a lane for itself, and nothing overtakes it.
    if (this.#parked.count > 0 && room > 0) return 0
    const isBarred = this.#isAheadBarred || this.#options.rules().onCrash === 'fail'
    const ahead = isBarred ? 0 : this.#pace.tasksAhead * this.#board.size
    const isStocked = room === 0 && this.#parked.count > ahead / 2
    return isStocked ? 0 : room + ahead - this.#parked.count
  }

  async #claim(plan: ClaimPlan): Promise<void> {
    this.#isClaiming = true
    const claimed = await this.#claims.carryOut(plan, this.#board.room)
    this.#isClaiming = false
    this.#claimed(claimed)
    this.#cancelled.clear()
    this.#pump()
    this.#checkIdle()
  }

  #claimed({ claims, ahead }: Claimed): void {
    if (this.#isPaused) {
      for (const claim of claims) void this.#outcomes.giveBack(claim)
      return
    }
    for (const claim of claims) {
      if (this.#cancelled.has(claim.task.id)) void this.#outcomes.store(claim, cancelledVerdict(claim))
      else if (this.#isPausing(claim)) void this.#outcomes.giveBack(claim)
      else this.#parked.add(claim)
    }
    for (const claim of ahead) this.#ahead.add(claim)
    this.#isAheadBarred = false
    this.#startParked()
    this.#unpark()
  }

  #isPausing({ task }: Claim): boolean {
    return [...this.#pausing].some(({ queue }) => queue === task.queue)
  }

  /** A crash of the server ends a claimed task of this kind, so it must not be one that never ran. */
  #unpark(): void {
    // From there on all of them, or they would overtake it.
    const claims = this.#parked.takeFrom(({ task }) => task.policy.onCrash === 'fail')
    if (claims.length > 0) this.#isAheadBarred = true
    for (const claim of claims) void this.#outcomes.giveBack(claim)
  }

  #startParked(): void {
    const starting = this.#parked.seat(this.#board).map(({ claim, lane }) => new Attempt(claim, lane))
    if (starting.length === 0) return
    for (const attempt of starting) this.#running.set(attempt.claim.task.id, attempt)
    this.#begin(starting.map(({ claim }) => claim))
    this.#options.events.onStart(starting.map(({ claim }) => claim.task))
    for (const attempt of starting) void this.#follow(attempt)
  }

  /** Those that were claimed ahead are told to the broker now; nobody waits for it, see `Broker.begin`. */
  #begin(starting: readonly Claim[]): void {
    const late = starting.filter((claim) => this.#ahead.delete(claim))
    if (late.length === 0) return
    const { broker, log } = this.#options
    broker
      .begin(late)
      .catch((error: unknown) => log.warn({ err: error }, 'The start of tasks cannot be stored'))
  }

  async #follow(attempt: Attempt): Promise<void> {
    const { claim, lane } = attempt
    const { rules, book, now } = this.#options
    book.started(claim, lane.number)
    const timeout = claim.task.policy.timeout ?? rules().timeout
    const run = attempt.run({ timeout, wasAlone: () => !this.#board.isShared(lane) })
    this.#board.entered(lane)
    const result = await run
    this.#board.leave(lane)
    // Given back at a stop: the next task server runs it again.
    if (!this.#running.delete(claim.task.id)) return
    this.#pace.note(result.duration)
    this.#report(claim, result)
    const verdict = judge(claim, result, { rules: rules(), now: now(), random: Math.random() })
    const done = this.#outcomes.store(claim, verdict)
    this.#pump()
    await done
    this.#checkIdle()
  }

  #report({ task, attempt }: Claim, { ending }: AttemptResult): void {
    if (ending.kind !== 'death') return
    const reason = ending.death.message
    this.#options.log.error({ taskId: task.id, attempt, reason }, 'Task worker died while it ran a task')
  }

  #checkIdle(): void {
    if (this.isIdle) this.#options.events.onIdle()
  }
}
