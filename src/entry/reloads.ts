/** Reloads, one at a time: each loads the configuration and `.env` again and has the supervisor replace what runs. */
import type { Config } from '../config/config.ts'
import { changedForRestart } from '../config/diff.ts'
import { readEnvFile } from '../config/env-file.ts'
import type { LoadedConfig } from '../config/load.ts'
import type { ReloadReport, ReloadRequest } from '../control/protocol.ts'
import { messageOf, TsrvError } from '../errors.ts'
import type { Logger } from '../server.ts'
import type { Launch } from '../supervisor/launch.ts'
import type { Supervisor } from '../supervisor/supervisor.ts'
import { availableCpus } from '../util/cpu-limit.ts'

/** Counts that win over the configuration's, as flags do. */
export type CountsRequest = Pick<ReloadRequest, 'workers' | 'taskWorkers'>

type Env = Readonly<Record<string, string | undefined>>

export interface ReloadsOptions {
  readonly supervisor: Supervisor
  readonly first: Launch
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
    env: { ...readEnvFile(config), ...env },
    generation,
  }
}

export class Reloads {
  readonly #options: ReloadsOptions
  #config: Config
  #generation: number
  /** Given by `tsrv reload -w`, and kept from then on. */
  #counts: CountsRequest = {}
  /** Asked for, and not begun yet. */
  readonly #waiting = new Set<WaitingReload>()
  /** Settles when the reload that was asked for last is over. */
  #tail: Promise<unknown> = Promise.resolve()

  constructor(options: ReloadsOptions) {
    this.#options = options
    this.#config = options.first.config
    this.#generation = options.first.generation
  }

  /** One after the other; whoever asks for what already waits gets the report of that one. */
  request(request: ReloadRequest): Promise<ReloadReport> {
    for (const waiting of this.#waiting) if (isCovered(request, waiting.request)) return waiting.report
    const waiting: WaitingReload = {
      request,
      report: this.#tail.then(() => {
        this.#waiting.delete(waiting)
        return this.#reload(request)
      }),
    }
    this.#waiting.add(waiting)
    this.#tail = waiting.report.catch(() => {})
    return waiting.report
  }

  async #reload({ only, ...counts }: ReloadRequest): Promise<ReloadReport> {
    const { supervisor, load, env, log } = this.#options
    log.info({ event: 'reloading', only }, 'Reloading')
    try {
      const wanted = { ...this.#counts, ...counts }
      const { config } = await load(wanted)
      const next = launchOf(config, env, this.#generation + 1)
      this.#generation++
      const replaced = await supervisor.reload(next, only)
      const warnings = changedForRestart(this.#config, config).map(
        (key) => `${key} has changed; it takes a new start of the server to use it`,
      )
      for (const warning of warnings) log.warn(warning)
      this.#config = config
      this.#counts = wanted
      log.info({ event: 'reloaded', generation: next.generation, replaced }, 'Reloaded')
      return { generation: next.generation, replaced, warnings }
    } catch (error) {
      log.error({ err: error }, 'Reload failed; the old code keeps running')
      if (error instanceof TsrvError && error.code === 'TSRV_RELOAD_FAILED')
        throw new TsrvError('RELOAD_FAILED', { reason: String(error.details['reason']) })
      throw new TsrvError('RELOAD_FAILED', { reason: messageOf(error) }, { cause: error })
    }
  }
}

interface WaitingReload {
  readonly request: ReloadRequest
  readonly report: Promise<ReloadReport>
}

function isCovered(request: ReloadRequest, by: ReloadRequest): boolean {
  return request.workers === by.workers && request.taskWorkers === by.taskWorkers && request.only === by.only
}

function countOf(wanted: number | 'auto'): number {
  return wanted === 'auto' ? availableCpus() : wanted
}
