/**
 * `tsrv restart`: the supervisor leaves for a new one in the same process. Beforehand a stand-in has to serve with the
 * new code; if it does not, nothing has happened.
 */
import { TsrvError } from '../errors.ts'
import type { Logger } from '../server.ts'
import type { Addresses } from '../supervisor/addresses.ts'
import { drainTimesOf } from '../supervisor/launch.ts'
import { IDLE_GRACE, type Relief } from '../supervisor/shutdown.ts'
import type { StandInHandle } from '../supervisor/stand-in-handle.ts'
import type { Supervisor } from '../supervisor/supervisor.ts'
import type { DrainTerms } from '../wire/messages.ts'
import type { Legacy } from '../wire/stand-in.ts'
import { requireExecutable } from './own-program.ts'
import { reasonOf, type Reloads } from './reloads.ts'

export interface RestartsOptions {
  readonly supervisor: Pick<Supervisor, 'isServing' | 'launch'>
  readonly reloads: Pick<Reloads, 'between' | 'counts' | 'generation'>
  readonly addresses: Addresses
  /** Where the admin listener answers, if anywhere. */
  readonly adminPort: () => number | null
  /** Of the restart by which this supervisor came: it serves until told that it need not. */
  readonly elder: StandInHandle | undefined
  /** It serves another address, which is given up with it. */
  readonly hasMoved: boolean
  /** Starts one that inherits these descriptors. */
  readonly open: (sockets: readonly number[]) => StandInHandle
  /** The stand-in has other processes than before. */
  readonly onChange: () => void
  readonly log: Logger
}

export class Restarts {
  readonly #options: RestartsOptions
  readonly #begun = Promise.withResolvers<void>()
  #request: Promise<void> | undefined
  #standIn: StandInHandle | undefined
  #isBegun = false
  #isStop = false

  constructor(options: RestartsOptions) {
    this.#options = options
    this.#standIn = options.elder
  }

  /** The one that serves now or is about to. */
  get standIn(): StandInHandle | undefined {
    return this.#standIn
  }

  /** Resolves when a stand-in serves: this supervisor is to stop, and then to hand over. */
  get begun(): Promise<void> {
    return this.#begun.promise
  }

  get isBegun(): boolean {
    return this.#isBegun
  }

  /** For a stop: what the stand-in does meanwhile. */
  get relief(): Relief | undefined {
    const standIn = this.#standIn
    if (standIn === undefined) return undefined
    const isStaying = this.#isBegun && !this.#isStop
    return { isStaying, leave: (terms) => this.#leave(standIn, terms) }
  }

  /**
   * Resolves when the restart has begun. Who asks while it is being prepared gets the same answer.
   *
   * @throws TsrvError TSRV_RESTART_FAILED; everything is as before
   */
  request(): Promise<void> {
    this.#request ??= this.#options.reloads.between(() => this.#prepare())
    return this.#request
  }

  /** This supervisor serves: the stand-in that it has inherited is not needed any more. */
  serves(): void {
    const { elder, hasMoved, supervisor } = this.#options
    const [within, idleGrace] = drainTimesOf(supervisor.launch)
    if (elder !== undefined) void this.#leave(elder, { within, idleGrace, givesUpSockets: hasMoved })
  }

  /** The server is to stop: a restart that has not begun does not take place. */
  abandon(): void {
    if (!this.#isBegun && this.#standIn !== this.#options.elder) this.#standIn?.dismiss()
  }

  /** A stop was asked for while the supervisor stops for its successor. */
  async becomeStop(force: boolean): Promise<void> {
    const { addresses, supervisor } = this.#options
    this.#isStop = true
    // Or new connections would wait for workers that are about to leave.
    addresses[Symbol.dispose]()
    const [within] = drainTimesOf(supervisor.launch)
    if (force) this.#standIn?.kill()
    const terms = { within, idleGrace: IDLE_GRACE, isStop: true, givesUpSockets: !addresses.isActivated }
    if (this.#standIn !== undefined) await this.#leave(this.#standIn, terms)
  }

  /** The last thing before the successor. */
  async handOver(): Promise<'relieved' | 'alone'> {
    try {
      await this.#standIn?.hush()
      return 'relieved'
    } catch (error) {
      this.#options.log.error(
        { err: error },
        'The stand-in is gone; nobody listens until the new supervisor does',
      )
      return 'alone'
    }
  }

  async #prepare(): Promise<void> {
    const { log } = this.#options
    log.info({ event: 'restarting' }, 'Restarting: new code starts beside the old')
    try {
      await this.#stand()
    } catch (error) {
      this.#request = undefined
      log.error({ err: error }, 'Restart failed; everything stays as it is')
      if (error instanceof TsrvError && error.code === 'TSRV_RESTART_FAILED') throw error
      throw new TsrvError('RESTART_FAILED', { reason: reasonOf(error) }, { cause: error })
    }
    this.#isBegun = true
    this.#begun.resolve()
  }

  async #stand(): Promise<void> {
    const { supervisor, elder, open, addresses, onChange } = this.#options
    // Two at a time would be one too many for descriptor 0.
    await elder?.gone
    if (!supervisor.isServing) throw failed('the server is not ready')
    requireExecutable()
    const standIn = open(addresses.current.bound.map((bound) => bound.fd()))
    this.#standIn = standIn
    try {
      await standIn.stand(this.#legacy(), supervisor.launch.config.processes.bootTimeout + CONFIG_TIMEOUT)
      if (!supervisor.isServing) throw failed('the server was told to stop')
      onChange()
    } catch (error) {
      standIn.dismiss()
      this.#standIn = undefined
      throw error
    }
  }

  #legacy(): Legacy {
    const { addresses, reloads, adminPort } = this.#options
    const { bound, size, mode } = addresses.current
    const paths = bound.map((socket) => socket.address())
    return {
      generation: reloads.generation,
      slots: size,
      mode,
      paths: paths.map((path) => (typeof path === 'string' ? path : null)),
      target: addresses.target,
      isActivated: addresses.isActivated,
      adminPort: adminPort(),
      counts: reloads.counts,
    }
  }

  async #leave(standIn: StandInHandle, terms: DrainTerms): Promise<void> {
    await standIn.leave(terms)
    if (this.#standIn === standIn) this.#standIn = undefined
    this.#options.onChange()
  }
}

function failed(reason: string): TsrvError {
  return new TsrvError('RESTART_FAILED', { reason })
}

/** Milliseconds for the configuration, beside the time that HTTP workers get. */
const CONFIG_TIMEOUT = 15_000
