/**
 * Keeps the wanted processes alive: looks at what runs, plans, acts; again after every exit, boot and pause.
 * Loads no user code, so nothing the user's code does can take it down.
 */
import type { Config } from '../config/config.ts'
import type { Health, ServerState } from '../control/protocol.ts'
import { messageOf, TsrvError } from '../errors.ts'
import type { FromChild, Retirement } from '../wire/messages.ts'
import { Crew } from './crew.ts'
import { CrewRegister } from './crew-register.ts'
import { answerIdRequest } from './id-requests.ts'
import type { Counts, Launch } from './launch.ts'
import { Launches } from './launches.ts'
import { deathOf, Leadership } from './leadership.ts'
import type { PlaceName } from './plan.ts'
import { Services, type ServicesReload } from './services/services.ts'
import { giveUp, Shutdown, type StopOutcome } from './shutdown.ts'
import { Staffing } from './staffing.ts'
import { describeHealth, describeServer, type SupervisorStatus } from './status.ts'
import { StartUp } from './start-up.ts'
import type { SupervisorOptions } from './supervisor-options.ts'
import { TaskDesk } from './task-desk.ts'
import { type Loss, Vacancies } from './vacancies.ts'
import { reasonOf, type WorkerExit, type WorkerHandle } from './worker-handle.ts'

export class Supervisor {
  /** For what is asked of the task server. */
  readonly tasks = new TaskDesk(() => this.#crew.taskServers())
  readonly #options: SupervisorOptions
  readonly #crew: Crew
  readonly #leadership: Leadership
  readonly #startUp = new StartUp()
  readonly #vacancies: Vacancies
  readonly #register: CrewRegister
  #state: ServerState = 'starting'
  readonly #launches: Launches
  readonly #services: Services
  readonly #staffing: Staffing
  readonly #shutdown: Shutdown

  constructor(options: SupervisorOptions) {
    this.#options = options
    this.#register = new CrewRegister(options)
    const processes = (): Config['processes'] => this.#launches.http.config.processes
    this.#vacancies = new Vacancies({
      ...options,
      limits: processes,
      onOver: () => this.reconcile(),
    })
    this.#leadership = new Leadership({
      within: () => processes().bootTimeout,
      onLate: (leader, within) => this.#startUp.ledTooLate(leader, within, options.log),
    })
    this.#crew = new Crew({
      start: (place) => options.start(place, this.#staffing.launchOf(place)),
      bootTimeout: (place) => this.#staffing.launchOf(place).config.processes.bootTimeout,
      now: options.now,
      heartbeats: {
        ...options,
        workerTimeout: () => processes().workerTimeout,
        onChange: () => this.reconcile(),
      },
      events: {
        onReady: (worker) => (worker.role === 'service' ? this.#services.ready(worker) : this.reconcile()),
        onMessage: (worker, message) => this.#receive(worker, message),
        onExit: (worker, exit) => this.#exited(worker, exit),
      },
    })
    this.#launches = new Launches({
      first: options.launch,
      crew: this.#crew,
      surroundings: options,
      // After the last connection no socket is made any more.
      resize: (workers) => this.#shutdown.isDraining || options.onResize(workers),
      onNewCode: (role) => this.#vacancies.forgive(role),
      reconcile: () => this.reconcile(),
    })
    this.#services = new Services({
      launch: options.launch,
      log: options.log,
      spawn: (place) => this.#staffing.boot(place),
      onChange: () => this.#record(),
    })
    this.#staffing = new Staffing({
      crew: this.#crew,
      launches: this.#launches,
      vacancies: this.#vacancies,
      serviceLaunch: () => this.#services.launch,
      surroundings: options,
      onFailure: (place, error) => this.#notStarted(place, error),
      now: options.now,
    })
    this.#shutdown = new Shutdown({
      ...options,
      crew: this.#crew,
      services: this.#services,
      tasks: this.tasks,
      leader: () => this.#leadership.leader,
    })
  }

  /**
   * Starts everything; resolves when all processes are ready and the leader's start listeners have run.
   *
   * @throws TsrvError TSRV_BOOT_FAILED with the first reason, TSRV_ALREADY_STARTED; nothing is left running
   */
  async start(): Promise<void> {
    this.#startUp.begin()
    this.reconcile()
    try {
      await this.#startUp.over
    } catch (error) {
      await (this.#shutdown.outcome ?? giveUp(this.#crew, () => this.stop()))
      throw error
    }
  }

  /** Stops in phases; with `force`, or asked a second time, at once. Resolves when no child is left. */
  stop(force = false): Promise<StopOutcome> {
    const isSecond = this.#shutdown.outcome !== undefined
    const { shutdownDelay, maxWaitTime: within } = this.launch.config.processes
    // Nobody has sent requests to a server that never was ready.
    const delay = this.#state === 'starting' ? 0 : shutdownDelay
    this.#state = 'stopping'
    this.#startUp.abandon()
    const stopped = this.#shutdown.begin({ delay, within, idleGrace: this.#launches.drainTimes[1] })
    this.#launches.abandon('the server was told to stop')
    if (force || isSecond) this.#shutdown.force()
    return stopped
  }

  /**
   * Replaces what runs by `next`: task workers thread by thread, HTTP workers one after the other, each new one ready
   * before the old one leaves; then services. Resolves when new code is everywhere, with the old workers still finishing.
   *
   * @throws TsrvError TSRV_RELOAD_FAILED; what could not be replaced keeps its old code
   */
  async reload(next: Launch, only?: 'http' | 'tasks'): Promise<ServicesReload> {
    if (!this.isServing) throw new TsrvError('RELOAD_FAILED', { reason: `the server is ${this.#state}` })
    this.#leadership.leader?.send({ type: 'reload-event', when: 'before' })
    const replaced = await this.#launches.reload(next, only)
    const services = only === undefined ? await this.#services.reload(next) : undefined
    this.#leadership.afterReload()
    return { replaced: [...replaced, ...(services?.replaced ?? [])], failures: services?.failures ?? [] }
  }

  /** Neither starting nor stopping. */
  get isServing(): boolean {
    return this.#state === 'ready' || this.#state === 'unhealthy'
  }

  /** What HTTP workers are started with. */
  get launch(): Launch {
    return this.#launches.http
  }

  get counts(): Counts {
    return this.#launches.counts
  }

  /** See `Launches.scale`. @throws TsrvError TSRV_SCALE_FAILED */
  async scale(counts: Counts): Promise<void> {
    if (!this.isServing) throw new TsrvError('SCALE_FAILED', { reason: `the server is ${this.#state}` })
    await this.#launches.scale(counts)
  }

  /** What can be told at once: no process is asked. */
  get health(): Health {
    return describeHealth(this.#state, this.#crew.httpWorkers(), this.#services)
  }

  async status(): Promise<SupervisorStatus> {
    return describeServer({
      state: this.#state,
      tasks: await this.tasks.stats(),
      workers: this.#crew.planned,
      launches: this.#launches,
      leader: this.#leadership.leader,
      vacancies: this.#vacancies,
      services: this.#services,
      problems: [...this.#vacancies.problems, this.#register.problem ?? []].flat(),
    })
  }

  /** Looks at what runs and does what is due; also to be called when sockets have come or gone. */
  reconcile(): void {
    if (this.#shutdown.isDraining) return
    this.#staffing.review()
    this.#record()
    this.#crew.adopt(this.#options.orphans)
    this.#leadership.grant(this.#crew.httpWorkers())
    this.#launches.look(this.#crew.httpWorkers())
    this.#checkReady()
  }

  #record(): void {
    const error = this.#register.write(this.#crew.members)
    if (error !== undefined && this.#state === 'starting') this.#startUp.fail(error)
  }

  #checkReady(): void {
    if (this.#state === 'ready' || this.#state === 'stopping') return
    if (this.#vacancies.pauses.length > 0 || !this.#leadership.isConfirmed) return
    if (this.#crew.planned.some(({ state }) => state === 'starting' || state === 'stopping')) return
    if (this.#state === 'starting') void this.#services.start()
    this.#state = 'ready'
    this.#vacancies.forgetProblems()
    this.#startUp.done()
  }

  #receive(worker: WorkerHandle, message: FromChild): void {
    switch (message.type) {
      case 'ids?':
        return answerIdRequest(worker, message, this.#options)
      case 'ready':
      case 'stats':
      case 'answer':
      case 'work':
        return this.tasks.received(message)
      case 'led':
        this.#leadership.confirm(worker)
        return this.#checkReady()
      case 'closed':
        return this.#shutdown.leaderHasClosed()
      case 'cut':
        return this.#shutdown.noteCut(message.cut)
      case 'resigned':
        this.#leadership.release(worker)
        return this.reconcile()
      case 'retire':
        return this.#retire(worker, message)
      case 'reloaded':
      case 'reload-failed':
        return this.#launches.answered(message)
      case 'boot-failed':
      case 'last-words':
      case 'beat':
      case 'open':
      case 'loaded':
        return
      default:
        return message satisfies never
    }
  }

  /** Its place gets a new worker, and when that is ready this one is drained. */
  #retire(worker: WorkerHandle, { because, reason }: Retirement): void {
    if (this.#state === 'stopping' || !worker.retire()) return
    if (because === 'worn') this.#vacancies.recycled(worker, reason)
    else this.#missed(worker, { how: 'failed', reason, readyFor: worker.readyFor, pid: worker.pid })
    this.reconcile()
  }

  #exited(worker: WorkerHandle, exit: WorkerExit): void {
    this.#shutdown.noteExit(worker, exit)
    this.#leadership.release(worker)
    this.tasks.lost(worker)
    if (worker.role === 'service') return this.#services.exited(worker, exit)
    if (this.#shutdown.isDraining) return
    const reason = reasonOf(exit)
    if (this.#state === 'starting' && !exit.wasAsked)
      return this.#startUp.failAt(worker, reason, exit.bootError)
    const isFailedReload = this.#launches.ended(worker, exit, reason)
    if (!exit.wasAsked && !isFailedReload) this.#died(worker, exit, reason)
    // A failed reload puts the old code back first, or the next look would try the new one again.
    if (!isFailedReload) this.reconcile()
  }

  /** A full disk or process table passes; the supervisor outlives it, but a start has failed. */
  #notStarted(place: PlaceName, error: unknown): void {
    const reason = messageOf(error)
    if (this.#state === 'starting') this.#startUp.failAt(place, reason, error)
    else this.#missed(place, { how: 'died', reason, readyFor: 0 })
  }

  /** A death nobody asked for: answered by a new process at once or after a pause, and told to the leader. */
  #died(worker: WorkerHandle, exit: WorkerExit, reason: string): void {
    this.#missed(worker, { how: 'died', reason, readyFor: exit.readyFor, pid: worker.pid })
    this.#leadership.tell(deathOf(worker, exit, this.#launches.http.workers))
  }

  /** A place needs somebody, who is put in at the next look, or after a pause. */
  #missed(place: PlaceName, loss: Loss): void {
    if (this.#vacancies.lost(place, loss) && this.#state !== 'stopping') this.#state = 'unhealthy'
  }
}
