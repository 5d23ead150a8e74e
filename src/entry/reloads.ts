/**
 * Reloads and changes of the number of HTTP workers, one at a time. A reload loads the configuration and `.env` again
 * and has the supervisor replace what runs.
 */
import type { Config } from '../config/config.ts'
import { changedForRestart, needsReload } from '../config/diff.ts'
import { readEnvFile } from '../config/env-file.ts'
import type { LoadedConfig } from '../config/load.ts'
import type { LastReload, ReloadReport, ReloadRequest, ScaleReport } from '../control/protocol.ts'
import { messageOf, TsrvError } from '../errors.ts'
import type { Logger } from '../server.ts'
import { withoutActivation } from '../supervisor/activation.ts'
import type { Addresses } from '../supervisor/addresses.ts'
import type { Counts, Launch } from '../supervisor/launch.ts'
import type { ServicesReload } from '../supervisor/services/services.ts'
import type { Supervisor } from '../supervisor/supervisor.ts'
import { availableCpus } from '../util/cpu-limit.ts'
import { ReloadMemory } from './last-reload.ts'
import { listenTargetOf } from './listen-target.ts'
import { scaled } from './scale-signals.ts'
import { withoutNotification } from './systemd.ts'

/** Counts that win over the configuration's, as flags do. */
export type CountsRequest = Pick<ReloadRequest, 'workers' | 'taskWorkers'>

/** A reload because of changed files; whoever asks for it tells of it. */
export interface WatchedReload {
  /** Whether the configuration is among what has changed, and whether it is all of that. */
  readonly config: 'same' | 'changed' | 'alone'
}

type Env = Readonly<Record<string, string | undefined>>

export interface ReloadsOptions {
  readonly supervisor: Supervisor
  readonly addresses: Addresses
  /** Where requests are served. */
  readonly urls: () => readonly string[]
  /** They have changed. */
  readonly onMoved: () => void
  readonly first: Launch
  /** Counts that a server asked for which this one succeeds. */
  readonly counts?: CountsRequest | undefined
  readonly load: (counts: CountsRequest) => Promise<LoadedConfig>
  readonly env: Env
  readonly log: Logger
}

/** `.env` is read once per launch, so that all processes of a generation see the same. */
export function launchOf(config: Config, env: Env, generation: number): Launch {
  return {
    config,
    workers: countOf(config.workers),
    taskWorkers: countOf(config.taskWorkers),
    // What systemd gave to the server is not for its children.
    env: withoutNotification(withoutActivation({ ...readEnvFile(config), ...env })),
    generation,
  }
}

export class Reloads {
  readonly #options: ReloadsOptions
  readonly #memory = new ReloadMemory()
  #launch: Launch
  #generation: number
  /** Given by `tsrv reload -w` or a signal, and kept from then on. */
  #counts: CountsRequest = {}
  /** Asked for, and not begun yet. */
  readonly #waiting = new Set<WaitingReload>()
  /** Settles when the reload that was asked for last is over. */
  #tail: Promise<unknown> = Promise.resolve()

  constructor(options: ReloadsOptions) {
    this.#options = options
    this.#launch = options.first
    this.#generation = options.first.generation
    this.#counts = options.counts ?? {}
  }

  /** What runs. */
  get launch(): Launch {
    return this.#launch
  }

  /** The latest one. */
  get last(): LastReload | undefined {
    return this.#memory.last
  }

  /**
   * One after the other; whoever asks for what already waits gets the report of that one.
   *
   * @param by what asks: a command or the name of a signal
   */
  request(request: ReloadRequest, by: string): Promise<ReloadReport> {
    for (const waiting of this.#waiting) if (isCovered(request, waiting.request)) return waiting.report
    const waiting: WaitingReload = {
      request,
      report: this.between(() => {
        this.#waiting.delete(waiting)
        return this.#memory.remember(by, request, () => this.#reload(request))
      }),
    }
    this.#waiting.add(waiting)
    return waiting.report
  }

  /** Of the latest reload, or the start. */
  get generation(): number {
    return this.#generation
  }

  /** Counts that hold besides the configuration. */
  get counts(): CountsRequest {
    return this.#counts
  }

  /** Does something between two reloads. */
  between<Result>(deed: () => Promise<Result>): Promise<Result> {
    const done = this.#tail.then(deed)
    this.#tail = done.catch(() => {})
    return done
  }

  /** In its turn; nobody else gets its report. */
  watched(request: ReloadRequest, watched: WatchedReload): Promise<ReloadReport> {
    return this.between(() => this.#memory.remember('--watch', request, () => this.#reload(request, watched)))
  }

  /**
   * Other numbers of what runs from now on, also after the next reload. Resolves when the new ones are ready.
   *
   * @throws TsrvError TSRV_SCALE_FAILED
   */
  scale(request: CountsRequest): Promise<ScaleReport> {
    return this.between(() => this.#scale(request))
  }

  /** One HTTP worker more or less, as a signal asks for it. Never rejects. */
  async step(by: 1 | -1): Promise<void> {
    const { supervisor, log } = this.#options
    await this.between(async () => {
      const { workers } = supervisor.counts
      const next = scaled(workers, by)
      if (next === workers) log.warn({ event: 'scaled', workers }, WORKERS_STAY[by])
      else await this.#scale({ workers: next })
    }).catch(() => {})
  }

  async #scale({ workers, taskWorkers }: CountsRequest): Promise<ScaleReport> {
    const { supervisor, log } = this.#options
    const before = supervisor.counts
    const wanted = {
      workers: workers === undefined ? before.workers : countOf(workers),
      taskWorkers: taskWorkers === undefined ? before.taskWorkers : countOf(taskWorkers),
    }
    try {
      await supervisor.scale(wanted)
    } catch (error) {
      log.error({ err: error }, 'The number of workers stays')
      throw error
    }
    this.#counts = {
      ...this.#counts,
      ...(workers !== undefined && { workers }),
      ...(taskWorkers !== undefined && { taskWorkers }),
    }
    log.info({ event: 'scaled', ...wanted, before }, scaledTo(wanted))
    return { ...wanted, before }
  }

  /** @returns false when the configuration has another address, but does not decide about it */
  #prepareAddress({ config, workers, generation }: Launch): Promise<boolean> {
    return this.#options.addresses.prepare(listenTargetOf(config), workers, generation)
  }

  /** @returns where requests are served from now on, if that is elsewhere */
  #moved(before: readonly string[]): readonly string[] | undefined {
    const { addresses, urls, onMoved, log } = this.#options
    addresses.commit()
    const now = urls()
    if (now.join() === before.join()) return undefined
    onMoved()
    log.info({ event: 'moved', urls: now, before }, 'Listening at a new address')
    return now
  }

  async #reload({ only, ...counts }: ReloadRequest, watched?: WatchedReload): Promise<ReloadReport> {
    const { supervisor, load, env, log } = this.#options
    const urlsBefore = this.#options.urls()
    if (watched === undefined) log.info({ event: 'reloading', only }, 'Reloading')
    try {
      const before = this.#launch
      const wanted = { ...this.#counts, ...counts }
      const config =
        watched?.config === 'same' ? { ...before.config, ...wanted } : (await load(wanted)).config
      const next = launchOf(config, env, this.#generation + 1)
      const isNeeded = watched?.config !== 'alone' || differs(before, next)
      const isOurs = only === 'tasks' || !isNeeded || (await this.#prepareAddress(next))
      if (isNeeded) this.#generation++
      const { replaced, failures } = isNeeded ? await supervisor.reload(next, only) : NOTHING
      const urls = only === 'tasks' ? undefined : this.#moved(urlsBefore)
      const warnings = changedForRestart(before.config, config).map(
        (key) => `${key} has changed; "tsrv restart" takes it over`,
      )
      warnings.push(...failures, ...(isOurs ? [] : [ACTIVATED]))
      for (const warning of warnings) log.warn(warning)
      this.#launch = next
      this.#counts = wanted
      const generation = this.#generation
      if (watched === undefined) log.info({ event: 'reloaded', generation, replaced }, 'Reloaded')
      return { generation, replaced, warnings, ...(urls !== undefined && { urls }) }
    } catch (error) {
      if (watched === undefined) log.error({ err: error }, 'Reload failed; the old code keeps running')
      if (error instanceof TsrvError && error.code === 'TSRV_RELOAD_FAILED')
        throw new TsrvError('RELOAD_FAILED', { reason: String(error.details['reason']) })
      throw new TsrvError('RELOAD_FAILED', { reason: reasonOf(error) }, { cause: error })
    }
  }
}

function scaledTo({ workers, taskWorkers }: Counts): string {
  return `HTTP workers: ${workers}${taskWorkers === 0 ? '' : `, task workers: ${taskWorkers}`}`
}

const NOTHING: ServicesReload = { replaced: [], failures: [] }

/** Whether the processes of one launch would see anything else than those of the other. */
function differs(one: Launch, other: Launch): boolean {
  return needsReload(one.config, other.config) || JSON.stringify(one.env) !== JSON.stringify(other.env)
}

const ACTIVATED = 'the address has changed, but systemd decides about it: change its socket unit'

const WORKERS_STAY = {
  [1]: 'The number of HTTP workers stays: there are as many as there can be',
  [-1]: 'The number of HTTP workers stays: the last one is needed',
}

interface WaitingReload {
  readonly request: ReloadRequest
  readonly report: Promise<ReloadReport>
}

/** Without "nothing was started", which is true of a start alone. */
export function reasonOf(error: unknown): string {
  const isConfig = error instanceof TsrvError && error.code === 'TSRV_CONFIG_INVALID'
  return isConfig ? String(error.details['summary']) : messageOf(error)
}

function isCovered(request: ReloadRequest, by: ReloadRequest): boolean {
  return request.workers === by.workers && request.taskWorkers === by.taskWorkers && request.only === by.only
}

function countOf(wanted: number | 'auto'): number {
  return wanted === 'auto' ? availableCpus() : wanted
}
