/**
 * The phases of a stop, each with a deadline: not ready any more; HTTP workers accept nothing new and finish their
 * requests; services end; the task server finishes its tasks, whose ends the leader still hears; last the leader runs the
 * shutdown listeners and leaves. In a restart others serve meanwhile.
 */
import { isLoss, NOTHING_OPEN, type OpenWork, sumOf, wordsFor } from '../wire/open-work.ts'
import type { DrainTerms } from '../wire/messages.ts'
import type { Crew } from './crew.ts'
import { StopTeller, type StopTellerOptions } from './stop-teller.ts'
import type { WorkerExit, WorkerHandle } from './worker-handle.ts'

export interface ShutdownOptions extends StopTellerOptions {
  readonly crew: Crew
  readonly services: StopTellerOptions['services'] & { stop(): Promise<void>; release(): void }
  readonly leader: () => WorkerHandle | undefined
  /** No connection is to be taken any more: right before the HTTP workers are told so. */
  readonly onDrain: () => void
  /** The listening sockets belong to systemd, which keeps them for the next start: what waits in them is left there. */
  readonly leavesSockets?: boolean
  /** HTTP workers that are not of the crew. */
  readonly relief?: (() => Relief | undefined) | undefined
}

/** Those of a stand-in, see stand-in-handle.ts. */
export interface Relief {
  /** They go on serving: this is a restart. */
  readonly isStaying: boolean
  /** Resolves when they have left; never rejects. */
  leave(terms: DrainTerms): Promise<void>
}

export interface StopTimes {
  /** Milliseconds that requests are still taken after the server has ceased to be ready. */
  readonly delay: number
  /** Milliseconds for the requests and tasks that are open. */
  readonly within: number
  /** Milliseconds for idle connections, if others go on serving. */
  readonly idleGrace: number
}

/** What did not end by itself. */
export interface StopOutcome {
  /** Cut or lost when the time was up. */
  readonly cut: OpenWork
  /** Processes that were killed, or died. */
  readonly broken: readonly string[]
}

/** Whether everything that was open has been finished, and every process has left. */
export function isGraceful({ cut, broken }: StopOutcome): boolean {
  return !isLoss(cut) && broken.length === 0
}

/**
 * Nobody takes over after a stop, so idle connections are closed soon; long enough for a request under way on
 * loopback or a local network to arrive first.
 */
export const IDLE_GRACE = 400
/** Milliseconds that the tasks, and the leader's last listeners, get even when the phases before used up the time. */
const LEAST = 2000
/** The leader cuts what is open by itself; this is the time it gets to say so. */
const CLOSE_MARGIN = 1000
/** Milliseconds, in a stop that is forced, for the task server to give back what runs; it needs a few. */
const GIVING_BACK = 500

export class Shutdown {
  readonly #options: ShutdownOptions
  readonly #teller: StopTeller
  readonly #leaderClosed = Promise.withResolvers<void>()
  readonly #delayOver = Promise.withResolvers<void>()
  readonly #broken: string[] = []
  #cut: readonly OpenWork[] = []
  #outcome: Promise<StopOutcome> | undefined
  #isDraining = false
  #isForced = false
  #isOver = false

  constructor(options: ShutdownOptions) {
    this.#options = options
    this.#teller = new StopTeller(options)
  }

  /** Undefined until it begins. */
  get outcome(): Promise<StopOutcome> | undefined {
    return this.#outcome
  }

  /** From now on nothing that ends is replaced. */
  get isDraining(): boolean {
    return this.#isDraining
  }

  /** Resolves when no child is left. A second call joins the first. */
  begin(times: StopTimes): Promise<StopOutcome> {
    this.#outcome ??= this.#run(times)
    return this.#outcome
  }

  /** Ends what is left at once, but for the last word of the task server to its store. */
  force(): void {
    const { crew, log } = this.#options
    if (this.#isOver || this.#isForced) return
    this.#isForced = true
    this.#isDraining = true
    this.#delayOver.resolve()
    const open = wordsFor(sumOf(crew.httpWorkers().map((worker) => worker.open)))
    const lost = open === '' ? '' : `, and with them ${open}`
    const processes = crew.members.map((worker) => worker.label)
    log.warn({ event: 'stop-forced', processes }, `Stop forced: the processes are killed${lost}`)
    for (const worker of crew.members) {
      // It gives back what runs: the next start would take that for the cause of a crash.
      if (worker.role === 'task-server') worker.giveUpWork(GIVING_BACK)
      else worker.kill()
    }
  }

  leaderHasClosed(): void {
    this.#leaderClosed.resolve()
  }

  /** A process tells what it could not finish. */
  noteCut(cut: OpenWork): void {
    if (this.#outcome !== undefined) this.#cut = [...this.#cut, cut]
  }

  /** How a service ends is its own business, unless it had to be killed. */
  noteExit({ role, label }: WorkerHandle, { code, signal, wasAsked, readyFor }: WorkerExit): void {
    const isBroken = role === 'service' ? wasAsked && signal === 'SIGKILL' : readyFor > 0 && code !== 0
    if (this.#isDraining && isBroken) this.#broken.push(label)
  }

  async #run({ delay, within, idleGrace }: StopTimes): Promise<StopOutcome> {
    const isRelieved = this.#options.relief?.()?.isStaying === true
    // Whoever is to see that this server is not ready would not send requests to the stand-in either.
    if (delay > 0 && !isRelieved) await this.#delay(delay)
    this.#isDraining = true
    const endsAt = performance.now() + within
    const left = (): number => Math.max(LEAST, Math.round(endsAt - performance.now()))
    const isStop = !isRelieved
    const givesUpSockets = isStop && this.#options.leavesSockets !== true
    await this.#drainHttp({ within, idleGrace: isStop ? IDLE_GRACE : idleGrace, isStop, givesUpSockets })

    // Between the two: requests may still ask them, and what they send last is still a task.
    const { crew, services } = this.#options
    await this.#teller.during('services', services.stop())

    // Not before: a replacement that is just starting takes what HTTP workers still have for its predecessor.
    const taskServers = crew.taskServers()
    killStarting(taskServers)
    for (const worker of taskServers) worker.drain(left(), 0, { handsOver: isRelieved })
    await this.#teller.during('tasks', crew.gone(taskServers))

    this.#options.leader()?.drain(left(), 0, { last: true, isStop })
    await this.#teller.during('leader', crew.gone(crew.members))
    this.#isOver = true
    return { cut: sumOf([NOTHING_OPEN, ...this.#cut]), broken: this.#broken }
  }

  /** Whoever asks finds the server not ready and sends its requests elsewhere from now on. */
  async #delay(ms: number): Promise<void> {
    const timer = setTimeout(this.#delayOver.resolve, ms)
    const { log } = this.#options
    log.info({ event: 'stop-phase', phase: 'delay', ms }, `Not ready; requests are taken for ${ms / 1000} s`)
    await this.#delayOver.promise
    clearTimeout(timer)
  }

  async #drainHttp(terms: Required<DrainTerms>): Promise<void> {
    const { within, idleGrace, isStop, givesUpSockets } = terms
    const { crew, services, onDrain, relief } = this.#options
    services.release()
    killStarting(crew.httpWorkers())
    // The supervisor's own descriptors of the listening sockets would keep new connections waiting, not refused.
    if (isStop) onDrain()
    const leader = this.#options.leader()
    const others = crew.httpWorkers().filter((worker) => worker !== leader)
    leader?.send({ type: 'close', ...terms })
    for (const worker of others) worker.drain(within, idleGrace, { isStop, givesUpSockets })
    const relieved = isStop ? relief?.()?.leave(terms) : undefined
    await this.#teller.during(
      'requests',
      Promise.all([crew.gone(others), this.#closedOrGone(leader, within), relieved]),
    )
  }

  /** A leader that hangs is left behind here, and killed in the last phase. */
  async #closedOrGone(leader: WorkerHandle | undefined, within: number): Promise<void> {
    if (leader === undefined) return
    const late = Promise.withResolvers<void>()
    const timer = setTimeout(late.resolve, within + CLOSE_MARGIN)
    await Promise.race([this.#leaderClosed.promise, this.#options.crew.gone([leader]), late.promise])
    clearTimeout(timer)
  }
}

function killStarting(workers: readonly WorkerHandle[]): void {
  for (const worker of workers) if (worker.state === 'starting') worker.kill()
}

/** Milliseconds that a start that has failed gives what is ready already. */
const LAST_FLUSH = 1000

/** What is ready already has answered requests: the tasks it promised to keep must reach the store. */
export async function giveUp(crew: Pick<Crew, 'killAll'>, stop: () => Promise<unknown>): Promise<void> {
  const late = setTimeout(() => crew.killAll(), LAST_FLUSH)
  await stop()
  clearTimeout(late)
}
