/**
 * Keeps the wanted processes alive: looks at what runs, plans, acts; again after every exit, boot and pause.
 * Loads no user code, so nothing the user's code does can take it down.
 */
import type { ChildProcess } from 'node:child_process'
import type { ServerState, Status } from '../control/protocol.ts'
import { messageOf, TsrvError } from '../errors.ts'
import type { Logger } from '../server.ts'
import type { FromChild } from '../wire/messages.ts'
import { Crew } from './crew.ts'
import type { IdBlocks } from './id-blocks.ts'
import { DeathRecords } from './death-records.ts'
import { answerIdRequest } from './id-requests.ts'
import { bootOf, type Launch } from './launch.ts'
import { Launches } from './launches.ts'
import { Leadership } from './leadership.ts'
import { type Action, placesOf, plan, type Pause, type PlaceName } from './plan.ts'
import { shutDown } from './shutdown.ts'
import { describeWorkers, TaskStatsQuestion } from './status.ts'
import { describeExit, type Place, type WorkerExit, type WorkerHandle } from './worker-handle.ts'

export interface SupervisorOptions {
  readonly launch: Launch
  readonly ids: IdBlocks
  readonly tasksSocket: string
  readonly log: Logger
  readonly start: (place: Place, launch: Launch) => ChildProcess
  /** Makes room for this many HTTP workers, before they are started and after surplus ones were told to leave. */
  readonly onResize: (workers: number) => void
  /** The place of an HTTP worker stays empty for a while. */
  readonly onRest: (slot: number) => void
  /** The set of children changed: a new record of them is due. */
  readonly onCrewChange: (workers: readonly WorkerHandle[]) => void
}

export type SupervisorStatus = Pick<Status, 'state' | 'generation' | 'workers' | 'tasks' | 'problems'>

export class Supervisor {
  readonly #options: SupervisorOptions
  readonly #crew: Crew
  readonly #leadership: Leadership
  readonly #booted = Promise.withResolvers<void>()
  readonly #leaderClosed = Promise.withResolvers<void>()
  readonly #stats = new TaskStatsQuestion()
  readonly #records: DeathRecords
  readonly #problems = new Map<string, string>()
  #pauses: Pause[] = []
  #state: ServerState | 'new' = 'new'
  #stopped: Promise<void> | undefined
  readonly #launches: Launches

  constructor(options: SupervisorOptions) {
    this.#options = options
    const { bootTimeout } = options.launch.config.processes
    this.#records = new DeathRecords(options.launch.config.processes)
    this.#leadership = new Leadership({
      within: bootTimeout,
      onLate: (leader) => this.#ledTooLate(leader),
    })
    this.#crew = new Crew({
      start: (place) => options.start(place, this.#launches.of(place)),
      bootTimeout,
      now: Date.now,
      events: {
        onReady: () => this.#reconcile(),
        onMessage: (worker, message) => this.#receive(worker, message),
        onExit: (worker, exit) => this.#exited(worker, exit),
      },
    })
    this.#launches = new Launches({
      first: options.launch,
      crew: this.#crew,
      surroundings: options,
      resize: options.onResize,
      reconcile: () => this.#reconcile(),
    })
    // Awaited by start(); a stop during the start must not turn it into an unhandled rejection.
    this.#booted.promise.catch(() => {})
  }

  /**
   * Starts everything; resolves when all processes are ready and the leader's start listeners have run.
   *
   * @throws TsrvError TSRV_BOOT_FAILED with the first reason, TSRV_ALREADY_STARTED; nothing is left running
   */
  async start(): Promise<void> {
    if (this.#state !== 'new') throw new TsrvError('ALREADY_STARTED')
    this.#state = 'starting'
    this.#reconcile()
    try {
      await this.#booted.promise
    } catch (error) {
      this.#state = 'stopping'
      // Told to stop: what is ready already has requests to finish.
      if (this.#stopped === undefined) this.#crew.killAll()
      await (this.#stopped ?? this.#crew.gone(this.#crew.members))
      throw error
    }
  }

  /** Stops in phases; with `force`, or asked a second time, at once. Resolves when no child is left. */
  stop(force = false): Promise<void> {
    const isSecond = this.#stopped !== undefined
    this.#state = 'stopping'
    this.#booted.reject(
      new TsrvError('BOOT_FAILED', { process: 'The server', reason: 'it was told to stop' }),
    )
    this.#stopped ??= shutDown({
      crew: this.#crew,
      leader: this.#leadership.leader,
      within: this.#launches.http.config.processes.maxWaitTime,
      leaderClosed: this.#leaderClosed.promise,
    })
    this.#launches.abandon('the server was told to stop')
    if (force || isSecond) this.#crew.killAll()
    return this.#stopped
  }

  /**
   * Replaces what runs by `next`: task workers thread by thread, HTTP workers one after the other, each new one ready
   * before the old one leaves. Resolves when new code is everywhere, with the old workers still finishing.
   *
   * @throws TsrvError TSRV_RELOAD_FAILED; what could not be replaced keeps its old code
   */
  async reload(next: Launch, only?: 'http' | 'tasks'): Promise<string[]> {
    if (this.#state !== 'ready' && this.#state !== 'unhealthy') {
      throw new TsrvError('RELOAD_FAILED', { reason: `the server is ${this.#state}` })
    }
    this.#leadership.leader?.send({ type: 'reload-event', when: 'before' })
    const replaced = await this.#launches.reload(next, only)
    this.#leadership.afterReload()
    return replaced
  }

  async status(): Promise<SupervisorStatus> {
    const tasks = await this.#stats.ask(this.#crew.taskServers())
    return {
      state: this.#state === 'new' ? 'starting' : this.#state,
      generation: this.#launches.generation,
      workers: describeWorkers({
        workers: this.#crew.members,
        places: this.#state === 'stopping' ? [] : placesOf(this.#launches.wanted),
        generation: this.#launches.http.generation,
        leader: this.#leadership.leader,
        restarts: (place) => this.#records.restarts(place),
        now: Date.now(),
      }),
      ...(tasks !== undefined && { tasks }),
      problems: [...this.#problems.values()],
    }
  }

  #reconcile(): void {
    if (this.#state === 'stopping') return
    for (const action of plan(this.#launches.wanted, this.#crew.members, this.#pauses, Date.now()))
      this.#act(action)
    this.#leadership.grant(this.#crew.httpWorkers())
    this.#launches.look(this.#crew.httpWorkers())
    this.#record()
    this.#checkReady()
  }

  #act(action: Action<WorkerHandle>): void {
    switch (action.do) {
      case 'spawn':
        return this.#spawn({ ...action, generation: this.#launches.of(action).generation })
      case 'drain': {
        const { processes, http } = this.#launches.http.config
        return action.child.drain(processes.maxWaitTime, http.keepAliveTimeout + IDLE_MARGIN)
      }
      default:
        return action satisfies never
    }
  }

  #spawn(place: Place): void {
    try {
      const { role, slot, generation } = place
      const boot = bootOf(this.#launches.of(place), slot, this.#options)
      this.#crew.spawn({ role, slot, generation }).send({ type: 'boot', boot })
      this.#records.filled(place)
    } catch (error) {
      // A full disk or process table passes; the supervisor outlives it.
      if (this.#state === 'starting') return this.#failStart(place, messageOf(error), error)
      const pause = this.#missed(place, 0, messageOf(error))
      if (pause === 0) this.#pause(place, SPAWN_RETRY)
    }
  }

  /** Hands out a new record of the children. */
  #record(): void {
    try {
      this.#options.onCrewChange(this.#crew.members)
      this.#problems.delete('record')
    } catch (error) {
      if (this.#state === 'starting') return this.#booted.reject(error)
      this.#options.log.error({ err: error }, 'Cannot record the processes of this server')
      this.#problems.set('record', messageOf(error))
    }
  }

  #checkReady(): void {
    if (this.#state === 'ready' || this.#pauses.length > 0 || !this.#leadership.isConfirmed) return
    if (this.#crew.members.some(({ state }) => state === 'starting' || state === 'stopping')) return
    this.#state = 'ready'
    this.#problems.clear()
    this.#booted.resolve()
  }

  #ledTooLate(leader: WorkerHandle): void {
    const process = `${leader.label}, whose listeners of ServerStartEvent and LeaderStartEvent have not ended,`
    const seconds = this.#launches.http.config.processes.bootTimeout / 1000
    const late = new TsrvError('BOOT_TIMEOUT', { process, seconds })
    if (this.#state === 'starting') leader.failBoot(late)
    else this.#options.log.error({ err: late }, 'The leader has not begun to lead')
  }

  #receive(worker: WorkerHandle, message: FromChild): void {
    switch (message.type) {
      case 'ids?':
        return answerIdRequest(worker, message, this.#options)
      case 'stats':
        return this.#stats.answered(message.stats)
      case 'led':
        this.#leadership.confirm(worker)
        return this.#checkReady()
      case 'closed':
        return this.#leaderClosed.resolve()
      case 'resigned':
        this.#leadership.release(worker)
        return this.#reconcile()
      case 'reloaded':
      case 'reload-failed':
        return this.#launches.answered(message)
      case 'ready':
      case 'boot-failed':
        return
      default:
        return message satisfies never
    }
  }

  #exited(worker: WorkerHandle, exit: WorkerExit): void {
    this.#leadership.release(worker)
    if (this.#state === 'stopping') return
    const reason = exit.bootError === undefined ? describeExit(exit) : messageOf(exit.bootError)
    if (this.#state === 'starting') return this.#failStart(worker, reason, exit.bootError)
    const isFailedReload = this.#launches.ended(worker, exit, reason)
    if (!exit.wasAsked && !isFailedReload) this.#died(worker, exit, reason)
    // A failed reload puts the old code back first, or the next look would try the new one again.
    if (!isFailedReload) this.#reconcile()
  }

  #failStart({ role, slot }: PlaceName, reason: string, cause: unknown): void {
    const process = role === 'http-worker' ? `HTTP worker ${slot}` : 'The task server'
    this.#booted.reject(new TsrvError('BOOT_FAILED', { process, reason }, { cause }))
  }

  /** A death nobody asked for: answered by a new process at once or after a pause, and told to the leader. */
  #died(worker: WorkerHandle, { code, signal, readyFor }: WorkerExit, reason: string): void {
    this.#missed(worker, readyFor, reason, worker.pid)
    const role = worker.role === 'http-worker' ? 'http' : 'tasks'
    const workerId = role === 'http' ? worker.slot : this.#launches.http.workers
    this.#leadership.tell({ role, workerId, pid: worker.pid, exitCode: code, signal })
  }

  /** A place has nobody: one is put in at the next look, or after the pause that is returned. */
  #missed(place: PlaceName, readyFor: number, reason: string, pid?: number): number {
    const { pause, isUnhealthy } = this.#records.died(place, readyFor)
    const child = place.role === 'http-worker' ? `http ${place.slot}` : 'tasks'
    this.#options.log.error({ child, childPid: pid, reason, pause }, 'A process died and is replaced')
    if (isUnhealthy) {
      this.#problems.set(child, `${child} dies again and again; the last time: ${reason}`)
      this.#state = 'unhealthy'
    }
    if (pause > 0) this.#pause(place, pause)
    return pause
  }

  #pause({ role, slot }: PlaceName, ms: number): void {
    const pause = { role, slot, until: Date.now() + ms }
    this.#pauses.push(pause)
    if (role === 'http-worker' && ms >= REST) this.#options.onRest(slot)
    const timer = setTimeout(() => {
      this.#pauses = this.#pauses.filter((one) => one !== pause)
      this.#reconcile()
    }, ms)
    timer.unref()
  }
}

/** Milliseconds; no exit follows a process that could not be started, so nothing else would look again. */
const SPAWN_RETRY = 100
/** Milliseconds; connections can wait for less than this, others had better go to another worker. */
const REST = 1000
/** Idle connections of a worker that has a successor get the keep-alive time and this many milliseconds more. */
const IDLE_MARGIN = 1000
