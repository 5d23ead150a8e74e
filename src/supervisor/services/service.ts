/**
 * One service: a process that is started, watched, started again as its restart rule says, and stopped. A start and
 * a stop are promises; between them it may have had many processes.
 */
import type { ServiceSetting } from '../../config/service-list.ts'
import { messageOf, TsrvError } from '../../errors.ts'
import type { Logger } from '../../server.ts'
import type { DeathRecords } from '../death-records.ts'
import { reasonOf, type WorkerExit, type WorkerHandle } from '../worker-handle.ts'
import { isRestarted, serviceEnd, type ServiceEnd } from './restart-rule.ts'

export type ServiceState = 'starting' | 'ready' | 'waiting' | 'draining' | 'stopped' | 'ended' | 'failed'

export interface ServiceOptions {
  readonly slot: number
  /** Makes a process and tells it to boot. */
  readonly spawn: (slot: number, name: string) => WorkerHandle
  readonly deaths: DeathRecords
  readonly log: Logger
}

interface Ending {
  readonly end: ServiceEnd
  readonly reason: string
  readonly readyFor: number
  readonly pid: number | undefined
}

/** Milliseconds; nothing else would look again after a process that could not be made. */
const SPAWN_RETRY = 100

export class Service {
  readonly slot: number
  readonly #options: ServiceOptions
  #setting: ServiceSetting
  #worker: WorkerHandle | undefined
  #state: ServiceState = 'stopped'
  #pause: NodeJS.Timeout | undefined
  #problem: string | undefined
  #started = Promise.withResolvers<void>()
  #stopped = Promise.withResolvers<void>()
  #isWanted = false

  constructor(setting: ServiceSetting, options: ServiceOptions) {
    this.slot = options.slot
    this.#options = options
    this.#setting = setting
  }

  get name(): string {
    return this.#setting.name
  }

  get state(): ServiceState {
    return this.#state
  }

  get worker(): WorkerHandle | undefined {
    return this.#worker
  }

  get restarts(): number {
    return this.#options.deaths.restarts({ role: 'service', slot: this.slot })
  }

  /** What an operator should look at: it failed for good, or ends again and again. */
  get problem(): string | undefined {
    return this.#problem
  }

  /**
   * Starts it as `setting` says. Once only until it has been stopped.
   *
   * @returns resolves when it is ready for the first time; rejects with TSRV_BOOT_FAILED when its first process ends
   *   before that, while the restart rule goes on
   */
  start(setting: ServiceSetting): Promise<void> {
    this.#setting = setting
    this.#isWanted = true
    this.#problem = undefined
    this.#started = Promise.withResolvers()
    this.#stopped = Promise.withResolvers()
    // Whoever starts it may not care, and the failure is in the log.
    this.#started.promise.catch(() => {})
    this.#spawn()
    return this.#started.promise
  }

  /** Asks it to end, with SIGTERM and SIGKILL when their time has come. Never rejects. */
  stop(): Promise<void> {
    this.release()
    if (this.#worker === undefined) {
      this.#state = 'stopped'
      this.#stopped.resolve()
    } else if (this.#state === 'starting') {
      this.#state = 'draining'
      this.#worker.kill()
    } else if (this.#state === 'ready') {
      this.#state = 'draining'
      this.#worker.stop(this.#setting)
    }
    return this.#stopped.promise
  }

  /** It may go on, but is not started again: its stop is near. */
  release(): void {
    this.#isWanted = false
    clearTimeout(this.#pause)
    if (this.#state === 'waiting') this.#state = 'stopped'
    const reason = 'the server was told to stop'
    this.#started.reject(new TsrvError('BOOT_FAILED', { process: `Service ${this.name}`, reason }))
  }

  ready(): void {
    if (this.#state !== 'starting') return
    this.#state = 'ready'
    this.#note('info', { event: 'service-started' }, 'started', this.#worker?.pid)
    this.#started.resolve()
  }

  exited(exit: WorkerExit): void {
    const { readyFor } = exit
    const reason = reasonOf(exit)
    const pid = this.#worker?.pid
    this.#worker = undefined
    if (this.#isWanted) {
      const end = serviceEnd(this.#setting.restart, exit)
      return this.#ended({ end, reason, readyFor, pid })
    }
    this.#state = 'stopped'
    this.#note('info', { event: 'service-stopped', reason }, 'stopped', pid)
    this.#stopped.resolve()
  }

  #spawn(): void {
    this.#state = 'starting'
    try {
      this.#worker = this.#options.spawn(this.slot, this.name)
      this.#options.deaths.filled({ role: 'service', slot: this.slot })
    } catch (error) {
      this.#ended({ end: 'failed', reason: messageOf(error), readyFor: 0, pid: undefined }, SPAWN_RETRY)
    }
  }

  #ended({ end, reason, readyFor, pid }: Ending, leastPause = 0): void {
    const process = `Service ${this.name}`
    this.#started.reject(new TsrvError('BOOT_FAILED', { process, reason }))
    const again = isRestarted(this.#setting.restart, end)
    const death = this.#options.deaths.died({ role: 'service', slot: this.slot }, readyFor)
    const pause = again ? Math.max(death.pause, leastPause) : undefined
    const event = end === 'clean' ? 'service-stopped' : 'service-crashed'
    const doing = again ? 'ended and is started again' : 'ended'
    this.#note(end === 'clean' ? 'info' : 'error', { event, reason, pause }, doing, pid)
    this.#problem = problemOf(process, { end, reason, again, isUnhealthy: death.isUnhealthy })
    if (pause === undefined) {
      this.#state = end === 'clean' ? 'ended' : 'failed'
      return
    }
    this.#state = 'waiting'
    this.#pause = setTimeout(() => this.#spawn(), pause)
    this.#pause.unref()
  }

  #note(level: 'info' | 'error', fields: object, what: string, servicePid: number | undefined): void {
    const service = this.name
    this.#options.log[level]({ ...fields, service, servicePid }, `Service ${service} ${what}`)
  }
}

interface Trouble {
  readonly end: ServiceEnd
  readonly reason: string
  readonly again: boolean
  readonly isUnhealthy: boolean
}

function problemOf(process: string, { end, reason, again, isUnhealthy }: Trouble): string | undefined {
  if (again) return isUnhealthy ? `${process} ends again and again; the last time: ${reason}` : undefined
  return end === 'failed' ? `${process} has ended and stays away: ${reason}` : undefined
}
