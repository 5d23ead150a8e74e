/**
 * HTTP workers of new code that serve while the supervisor itself is replaced by a new one: nothing else runs here,
 * no task server, no service, no leader. Twin of `stand-in-handle.ts`.
 */
import type { ChildProcess } from 'node:child_process'
import type { Logger } from '../server.ts'
import { backoff } from '../util/backoff.ts'
import type { DrainTerms, FromChild, IdGrant, IdRange, IdRangeKind } from '../wire/messages.ts'
import type { StandInProcess } from '../wire/stand-in.ts'
import type { IsServed, Orphan } from './orphans.ts'
import { bootFailure } from './boot-failure.ts'
import { Crew, type CrewOptions } from './crew.ts'
import { bootOf, type BootSurroundings, type Launch } from './launch.ts'
import { type Place, reasonOf, type WorkerExit, type WorkerHandle } from './worker-handle.ts'

export interface StandInOptions {
  readonly launch: Launch
  readonly surroundings: Omit<BootSurroundings, 'ids'>
  readonly start: (place: Place) => ChildProcess
  /** See `Addresses.orphans`. */
  readonly orphans: (worker: WorkerHandle, isServed: IsServed) => readonly Orphan[]
  /** What an HTTP worker has noted of its requests. */
  readonly requestsOf: CrewOptions['heartbeats']['requestsOf']
  /** Asks the supervisor of the time; the answer takes as long as there is none. */
  readonly takeIds: (kind: IdRangeKind) => Promise<IdRange>
  readonly log: Logger
  /** Milliseconds on a clock that only runs forward. */
  readonly now: () => number
}

export class StandIn {
  readonly #options: StandInOptions
  readonly #crew: Crew
  readonly #standing = Promise.withResolvers<void>()
  #isStanding = false
  #isLeaving = false
  #deaths = 0

  constructor(options: StandInOptions) {
    this.#options = options
    this.#crew = new Crew({
      start: options.start,
      bootTimeout: () => options.launch.config.processes.bootTimeout,
      now: options.now,
      heartbeats: {
        log: options.log,
        requestsOf: options.requestsOf,
        workerTimeout: () => options.launch.config.processes.workerTimeout,
        onChange: () => this.#looked(),
        now: options.now,
      },
      events: {
        onReady: () => this.#looked(),
        onMessage: (worker, message) => this.#receive(worker, message),
        onExit: (worker, exit) => this.#exited(worker, exit),
      },
    })
    this.#standing.promise.catch(() => {})
  }

  /** What would have to be killed if nobody were there to stop it. */
  get processes(): StandInProcess[] {
    return this.#crew.members.flatMap(({ slot, pid, startTime }) =>
      startTime === undefined ? [] : [{ role: 'http' as const, slot, pid, startTime }],
    )
  }

  /**
   * Resolves when all its workers serve.
   *
   * @throws TsrvError TSRV_BOOT_FAILED for the first one that does not; nothing is left running then
   */
  async stand(): Promise<void> {
    try {
      await Promise.all(Array.from({ length: this.#options.launch.workers }, (_, slot) => this.#spawn(slot)))
      await this.#standing.promise
    } catch (error) {
      this.#isLeaving = true
      this.#crew.killAll()
      await this.#crew.gone(this.#crew.members)
      throw error
    }
  }

  /** Drains all of them. Resolves when none is left. */
  async leave({ within, idleGrace, ...kind }: DrainTerms): Promise<void> {
    this.#isLeaving = true
    const workers = this.#crew.httpWorkers()
    for (const worker of workers) {
      if (worker.state === 'starting') worker.kill()
      else worker.drain(within, idleGrace, kind)
    }
    await this.#crew.gone(workers)
  }

  async #spawn(slot: number): Promise<void> {
    const { launch, surroundings, takeIds } = this.#options
    const [block, reserve] = await Promise.all([takeIds('block'), takeIds('reserve')])
    if (this.#isLeaving) return
    const grant: IdGrant = { block, reserve }
    const worker = this.#crew.spawn({ role: 'http-worker', slot, generation: launch.generation })
    const boot = bootOf(launch, { slot }, { ...surroundings, ids: { grant: () => grant } })
    worker.send({ type: 'boot', boot })
  }

  #looked(): void {
    this.#crew.adopt(this.#options.orphans)
    const ready = this.#crew.httpWorkers().filter(({ state }) => state === 'ready')
    if (ready.length < this.#options.launch.workers) return
    this.#isStanding = true
    this.#standing.resolve()
  }

  #receive(worker: WorkerHandle, message: FromChild): void {
    if (message.type !== 'ids?') return
    const { kind, request } = message
    void this.#options.takeIds(kind).then((range) => worker.send({ type: 'ids', range, request }))
  }

  /** It stands for seconds only: a worker that dies is followed by another one, and nobody counts. */
  #exited(worker: WorkerHandle, exit: WorkerExit): void {
    if (this.#isLeaving) return
    const reason = reasonOf(exit)
    if (!this.#isStanding) return this.#standing.reject(bootFailure(worker, reason, exit.bootError))
    const { slot, label } = worker
    this.#options.log.error({ child: label, reason }, 'A process died and is replaced')
    this.#spawnLater(slot)
  }

  #spawnLater(slot: number): void {
    const again = (): void => void this.#spawn(slot).catch(() => this.#spawnLater(slot))
    setTimeout(again, backoff(++this.#deaths, RETRY)).unref()
  }
}

const RETRY = { first: 50, longest: 1000 }
