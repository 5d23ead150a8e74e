/**
 * Keeps the wanted processes alive: looks at what runs, plans, acts; again after every exit, boot and pause.
 * Loads no user code, so nothing the user's code does can take it down.
 */
import type { ChildProcess } from 'node:child_process'
import type { Config } from '../config/config.ts'
import type { ServerState, Status } from '../control/protocol.ts'
import { messageOf, TsrvError } from '../errors.ts'
import type { Logger } from '../server.ts'
import type { Boot, FromChild } from '../wire/messages.ts'
import { Crew } from './crew.ts'
import type { IdBlocks } from './id-blocks.ts'
import { Leadership } from './leadership.ts'
import { plan, type Pause } from './plan.ts'
import { judgeDeaths } from './restart-policy.ts'
import { shutDown } from './shutdown.ts'
import { describeWorkers, TaskStatsQuestion } from './status.ts'
import type { Place, WorkerExit, WorkerHandle } from './worker-handle.ts'

export interface SupervisorOptions {
  readonly config: Config
  readonly workers: number
  readonly taskWorkers: number
  readonly ids: IdBlocks
  readonly tasksSocket: string
  readonly log: Logger
  readonly start: (place: Place) => ChildProcess
  /** The set of children changed: a new record of them is due. */
  readonly onCrewChange: (workers: readonly WorkerHandle[]) => void
}

export type SupervisorStatus = Pick<Status, 'state' | 'generation' | 'workers' | 'tasks' | 'problems'>

export class Supervisor {
  readonly #options: SupervisorOptions
  readonly #crew: Crew
  readonly #leadership = new Leadership()
  readonly #booted = Promise.withResolvers<void>()
  readonly #leaderClosed = Promise.withResolvers<void>()
  readonly #stats = new TaskStatsQuestion()
  /** Moments of unasked-for deaths, by place. */
  readonly #deaths = new Map<string, number[]>()
  readonly #problems = new Map<string, string>()
  #pauses: Pause[] = []
  #state: ServerState | 'new' = 'new'
  #stopped: Promise<void> | undefined
  readonly #generation = 1

  constructor(options: SupervisorOptions) {
    this.#options = options
    this.#crew = new Crew({
      start: options.start,
      bootTimeout: options.config.processes.bootTimeout,
      now: Date.now,
      events: {
        onReady: () => this.#reconcile(),
        onMessage: (worker, message) => this.#receive(worker, message),
        onExit: (worker, exit) => this.#exited(worker, exit),
      },
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
      this.#crew.killAll()
      await this.#crew.gone(this.#crew.members)
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
      within: this.#options.config.processes.maxWaitTime,
      leaderClosed: this.#leaderClosed.promise,
    })
    if (force || isSecond) this.#crew.killAll()
    return this.#stopped
  }

  async status(): Promise<SupervisorStatus> {
    const tasks = await this.#stats.ask(this.#crew.taskServers()[0])
    return {
      state: this.#state === 'new' ? 'starting' : this.#state,
      generation: this.#generation,
      workers: describeWorkers(
        this.#crew.members,
        this.#leadership.leader,
        (place) => this.#deathsAt(place).length,
      ),
      ...(tasks !== undefined && { tasks }),
      problems: [...this.#problems.values()],
    }
  }

  #reconcile(): void {
    if (this.#state === 'stopping') return
    const { workers, taskWorkers, onCrewChange } = this.#options
    const wanted = { httpWorkers: workers, taskServer: taskWorkers > 0, generation: this.#generation }
    for (const action of plan(wanted, this.#crew.members, this.#pauses, Date.now())) {
      if (action.do === 'spawn') this.#spawn({ ...action, generation: this.#generation })
    }
    this.#leadership.grant(this.#crew.httpWorkers())
    onCrewChange(this.#crew.members)
    this.#checkBooted()
  }

  #spawn(place: Place): void {
    const { config, ids, tasksSocket, workers, taskWorkers } = this.#options
    const { slot, generation } = place
    const boot: Boot<Config> = {
      config,
      slot,
      generation,
      workers,
      taskWorkers,
      tasksSocket,
      ids: ids.grant(),
    }
    this.#crew.spawn(place).send({ type: 'boot', boot })
  }

  #checkBooted(): void {
    const isReady =
      this.#crew.members.every((worker) => worker.state === 'ready') && this.#pauses.length === 0
    if (!isReady || !this.#leadership.isConfirmed || this.#state === 'ready') return
    this.#state = 'ready'
    this.#problems.clear()
    this.#booted.resolve()
  }

  #receive(worker: WorkerHandle, message: FromChild): void {
    switch (message.type) {
      case 'ids?': {
        const range = this.#options.ids.take(message.kind)
        return worker.send({ type: 'ids', range, request: message.request })
      }
      case 'stats':
        return this.#stats.answered(message.stats)
      case 'led':
        this.#leadership.confirm(worker)
        return this.#checkBooted()
      case 'closed':
        return this.#leaderClosed.resolve()
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
    if (this.#state === 'starting') {
      const process = worker.role === 'http-worker' ? `HTTP worker ${worker.slot}` : 'The task server'
      const error = new TsrvError('BOOT_FAILED', { process, reason }, { cause: exit.bootError })
      return this.#booted.reject(error)
    }
    if (exit.from !== 'draining') this.#died(worker, exit, reason)
    this.#reconcile()
  }

  /** A death nobody asked for: noted, told to the leader, and answered by a new process at once or after a pause. */
  #died(worker: WorkerHandle, { code, signal }: WorkerExit, reason: string): void {
    const { log, config, workers } = this.#options
    const now = Date.now()
    const deaths = [...this.#deathsAt(worker), now]
    this.#deaths.set(keyOf(worker), deaths)
    const { pause, isUnhealthy } = judgeDeaths(deaths, now, config.processes)
    log.error({ child: worker.label, childPid: worker.pid, reason, pause }, 'A process died and is replaced')
    if (isUnhealthy)
      this.#problems.set(keyOf(worker), `${worker.label} died ${deaths.length} times: ${reason}`)
    this.#state = isUnhealthy ? 'unhealthy' : this.#state
    if (pause > 0) this.#pause(worker, now + pause, pause)
    const role = worker.role === 'http-worker' ? 'http' : 'tasks'
    const workerId = role === 'http' ? worker.slot : workers
    const death = { role, workerId, pid: worker.pid, exitCode: code, signal } as const
    this.#leadership.leader?.send({ type: 'worker-error', death })
  }

  #pause({ role, slot }: Place, until: number, ms: number): void {
    const pause = { role, slot, until }
    this.#pauses.push(pause)
    const timer = setTimeout(() => {
      this.#pauses = this.#pauses.filter((one) => one !== pause)
      this.#reconcile()
    }, ms)
    timer.unref()
  }

  #deathsAt(place: Pick<Place, 'role' | 'slot'>): readonly number[] {
    const since = Date.now() - this.#options.config.processes.restartWindow
    return (this.#deaths.get(keyOf(place)) ?? []).filter((at) => at > since)
  }
}

function keyOf({ role, slot }: Pick<Place, 'role' | 'slot'>): string {
  return `${role} ${slot}`
}

function describeExit({ code, signal }: WorkerExit): string {
  return signal === null ? `it exited with code ${code}` : `it was ended by ${signal}`
}
