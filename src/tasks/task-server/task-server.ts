/**
 * Serves the senders of tasks: takes their tasks in, has them run, brings the ends back. It knows channels, lanes and
 * a broker, neither sockets nor threads nor files.
 */
import type { Logger } from '../../server.ts'
import type { Progress, TaskStats } from '../../wire/messages.ts'
import type { Broker, NewTask } from '../broker.ts'
import { Intake } from './intake.ts'
import { laneStats } from './lane-stats.ts'
import { Lanes, type MakeLane } from '../lanes/lanes.ts'
import { EQUAL_QUEUES, type QueueTerms } from './queue-demand.ts'
import { Receipts } from './receipts.ts'
import { isHeadless, ReportDesk, type SenderLine } from './report-desk.ts'
import { Scheduler } from './scheduler.ts'
import { SenderDesk } from './sender-desk.ts'
import { takeInSpilled } from './spilled.ts'
import type { TaskEnd, TaskEnvelope } from '../task.ts'
import { LogBook } from './log-book.ts'
import type { TaskLog } from '../task-log.ts'
import { WaitingCount } from './waiting-count.ts'
import { cancelledEnd, refusedEnd, type TaskRules } from './verdict.ts'

export interface TaskServerOptions {
  /** Initialised; closed by whoever opened it, after `stop`. */
  readonly broker: Broker
  readonly taskLog: TaskLog
  /** How long and how many records of ended tasks stay in the task log. */
  readonly keep: { readonly age: number; readonly count: number }
  /** Asked for each task, because a reload may change them. */
  readonly rules: () => TaskRules
  /** Their weights, and how one is chosen; without it all weigh the same. */
  readonly queues?: () => QueueTerms
  readonly log: Logger
  /** Folder with the tasks that senders could not send, see `spill.ts`. */
  readonly spilled?: string
  /** Milliseconds since 1970, by the clock of the broker; default Date.now. */
  readonly now?: () => number
}

export class TaskServer {
  readonly #options: TaskServerOptions
  readonly #book: LogBook
  readonly #desk = new ReportDesk()
  readonly #lanes: Lanes
  readonly #scheduler: Scheduler
  readonly #intake: Intake
  readonly #senders: SenderDesk
  readonly #stop = new AbortController()
  readonly #receipts: Receipts
  readonly #waiting: WaitingCount
  #finished = 0
  #failed = 0
  #resumed = 0
  #onQuiet: (() => void) | undefined

  constructor(options: TaskServerOptions) {
    const { broker, taskLog, keep, rules, queues = () => EQUAL_QUEUES, log, now = Date.now } = options
    this.#options = options
    this.#book = new LogBook({ taskLog, keep, log, now })
    this.#waiting = new WaitingCount(broker, log, this.#stop.signal)
    this.#receipts = new Receipts({ broker, log, signal: this.#stop.signal })
    this.#lanes = new Lanes({
      onRoom: () => this.#scheduler.hasRoom(),
      onProgress: (id, progress) => this.#progress(id, progress),
    })
    this.#scheduler = new Scheduler({
      broker,
      rules,
      queues,
      log,
      now,
      book: this.#book,
      lanes: () => this.#lanes.all(),
      events: {
        onStart: (tasks) => this.#started(tasks),
        onEnd: (task, end) => this.#ended(task, end),
        onIdle: () => this.#checkQuiet(),
      },
    })
    this.#intake = new Intake({
      broker,
      log,
      book: this.#book,
      onStored: (into, suspects) => {
        this.#scheduler.expectSuspects(suspects)
        this.#scheduler.wake(into)
      },
      onKnown: (id, line) => {
        if (!this.#isDurable && this.#scheduler.running.has(id)) line.send({ type: 'started', id })
      },
      onEmpty: () => this.#checkQuiet(),
      onRefused: (task, error) => this.#ended(task, refusedEnd(error)),
    })
    this.#senders = new SenderDesk({
      broker,
      log,
      reports: this.#desk,
      intake: this.#intake,
      receipts: this.#receipts,
      book: this.#book,
      cancel: (id) => this.cancel(id),
      onHello: () => void this.#takeInSpilled(),
      onReceived: () => this.#checkQuiet(),
    })
  }

  /**
   * Takes up what an earlier task server left in the store: tasks to be run, reports to be delivered.
   *
   * @returns how many tasks wait
   */
  async resume(): Promise<number> {
    const { broker } = this.#options
    await this.#scheduler.resume()
    await this.#takeInSpilled()
    for (let after = 0; ;) {
      const ended = await broker.undelivered(after, PAGE)
      for (const { id, end, sender, client } of ended) this.#desk.add(id, end, { sender, client }, true)
      if (ended.length < PAGE) break
      after = ended.at(-1)?.id ?? Infinity
    }
    const { ready, delayed } = await broker.counts()
    void this.#book.prune()
    this.#resumed = ready + delayed
    return this.#resumed
  }

  /** See `Lanes.set`. */
  async setLanes(count: number, make: MakeLane, isHasty?: boolean): Promise<void> {
    await this.#lanes.set(count, make, isHasty)
    this.#scheduler.wake()
  }

  /** See `Lanes.resize`. */
  async resizeLanes(count: number, make: MakeLane): Promise<void> {
    await this.#lanes.resize(count, make)
    this.#scheduler.wake()
  }

  /** See `Lanes.lend`. */
  lendLane(make: MakeLane): Promise<() => Promise<void>> {
    return this.#lanes.lend(make)
  }

  /** Serves a sender until its line closes. */
  connect(line: SenderLine): void {
    this.#senders.connect(line)
  }

  /** Takes in a task that no sender sent: a retry. Resolves when it is kept. */
  add(task: TaskEnvelope): Promise<void> {
    const kept = Promise.withResolvers<void>()
    this.#intake.add({ task: { task, attempt: 0, crashes: 0 }, kept })
    return kept.promise
  }

  /** What runs in a lane now under this id. */
  running(id: number): TaskEnvelope | undefined {
    return this.#scheduler.running.get(id)?.claim.task
  }

  /** @returns false when there is no such task, or it has ended */
  async cancel(id: number): Promise<boolean> {
    if (this.#scheduler.cancel(id)) return true
    this.#intake.flush()
    const end = cancelledEnd(id)
    const cancelled = await this.#options.broker.cancel(id, end)
    if (cancelled.state === 'running') this.#scheduler.cancelOnArrival(id)
    if (cancelled.state !== 'ended') return cancelled.state === 'running'
    this.#book.cancelled(cancelled.task, end)
    this.#ended(cancelled.task, end)
    return true
  }

  /** See `Scheduler.pauseQueue`. */
  pauseQueue(queue: string, until: number): Promise<void> {
    return this.#scheduler.pauseQueue(queue, until)
  }

  async stats(): Promise<TaskStats> {
    const waiting = await this.#waiting.read()
    const running = [...this.#scheduler.running.values()]
    return {
      workers: this.#lanes.all().length,
      queued: waiting + this.#scheduler.parked,
      running: running.length,
      finished: this.#finished,
      failed: this.#failed,
      resumed: this.#resumed,
      lanes: laneStats(this.#lanes.all(), running),
    }
  }

  /**
   * Finishes what runs and delivers what has ended, until nothing is left or `signal` aborts; what then still runs is
   * given back to the store. Without a durable store also what waits is run, as nothing else would save it.
   *
   * @param handsOver another task server is to follow, to which the senders bring what they still have
   * @returns how many tasks were left behind: kept when the broker is durable, else lost
   */
  async drain(signal: AbortSignal, handsOver = false): Promise<number> {
    if (this.#isDurable) this.#scheduler.pause()
    else if (handsOver) this.#intake.closeToSenders()
    this.#desk.expectNoSuccessors()
    const quiet = Promise.withResolvers<void>()
    this.#onQuiet = quiet.resolve
    signal.addEventListener('abort', () => quiet.resolve(), { once: true })
    if (signal.aborted) quiet.resolve()
    this.#checkQuiet()
    await quiet.promise
    await this.#scheduler.abandon()
    return this.#waiting.read()
  }

  async stop(): Promise<void> {
    this.#intake.close()
    await this.#scheduler.abandon()
    this.#stop.abort()
    this.#desk.close()
    this.#book.close()
    await this.#lanes.stop()
  }

  get #isDurable(): boolean {
    return this.#options.broker.capabilities.durable
  }

  async #takeInSpilled(): Promise<void> {
    const { spilled, taskLog, log } = this.#options
    const keep = (tasks: readonly NewTask[]): Promise<boolean> => this.#intake.keep(tasks)
    if (spilled !== undefined) await takeInSpilled(spilled, { taskLog, keep, log })
  }

  /** Without a store the senders must know what runs before it can take this process down with it. */
  #started(tasks: readonly TaskEnvelope[]): void {
    if (this.#isDurable) return
    for (const task of tasks) this.#desk.lineOf(task)?.send({ type: 'started', id: task.id })
    for (const task of tasks) this.#desk.lineOf(task)?.flush()
  }

  #ended(task: TaskEnvelope, end: TaskEnd): void {
    const { id, sender, workerId } = task
    if (end.meta.failed) this.#failed++
    else this.#finished++
    const report = { ...end, meta: { ...end.meta, workerId } }
    // Task workers and services have no finish listeners, but their code may wait for the task: they hear of the end,
    // the leader gets the report.
    if (isHeadless(sender)) {
      this.#desk.lineOf(task)?.send({ type: 'finish', id, meta: report.meta, result: end.result })
    }
    this.#desk.add(id, report, task)
    this.#checkQuiet()
  }

  #progress(id: number, progress: Progress): void {
    const claim = this.#scheduler.running.get(id)?.claim
    if (claim === undefined) return
    this.#book.progress(claim, progress)
    if (claim.task.watched) this.#desk.lineOf(claim.task)?.send({ type: 'progress', id, progress })
  }

  #checkQuiet(): void {
    if (this.#onQuiet === undefined) return
    if (this.#desk.open > 0 || !this.#scheduler.isIdle || !this.#intake.isEmpty) return
    if (this.#isDurable) return this.#onQuiet()
    void this.#checkEmpty()
  }

  async #checkEmpty(): Promise<void> {
    const waiting = await this.#waiting.read()
    if (waiting === 0 && this.#scheduler.isIdle && this.#desk.open === 0) this.#onQuiet?.()
  }
}

const PAGE = 1000
