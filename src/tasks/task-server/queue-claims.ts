/** Claims tasks from several queues at a time, and knows which of them may have some to give. */
import type { Logger } from '../../server.ts'
import type { Broker, Claim } from '../broker.ts'
import { insist } from './insist.ts'
import { QueueDemand, type QueueTerms } from './queue-demand.ts'
import type { Share } from './selector.ts'

export interface QueueClaimsOptions {
  readonly broker: Broker
  readonly queues: () => QueueTerms
  readonly log: Logger
  /** Ends the patience with a store that is out of order. */
  readonly signal: AbortSignal
  /** A queue that refused to give out tasks may be asked again. */
  readonly onAgain: () => void
}

export interface ClaimPlan {
  readonly shares: readonly Share[]
  /** Only tasks under which a task server died, or only the others. */
  readonly suspects: boolean
}

export interface Claimed {
  readonly claims: readonly Claim[]
  /** Those of `claims` for which there was no room when they were asked for. */
  readonly ahead: readonly Claim[]
}

/** Milliseconds until a broker that refuses to give out tasks is asked again. */
const REFUSED_PAUSE = 1000
/** Milliseconds; local brokers know at once when a claimant is gone. */
const LEASE = 30_000

export class QueueClaims {
  readonly #options: QueueClaimsOptions
  readonly #demand: QueueDemand
  /** Queues where tasks under which a task server died wait to be run alone, before all others. */
  readonly #suspects = new Set<string>()

  constructor(options: QueueClaimsOptions) {
    this.#options = options
    this.#demand = new QueueDemand(options.queues)
  }

  /** There may be something to claim in these queues; without names, in any. */
  wake(queues?: Iterable<string>): void {
    this.#demand.wake(queues)
  }

  /** Tasks have come that ran when another task server died. */
  expectSuspects(queues: Iterable<string>): void {
    for (const queue of queues) this.#suspects.add(queue)
  }

  async lookForSuspects(): Promise<void> {
    const { broker, log } = this.#options
    try {
      const queues = await broker.queues()
      this.expectSuspects(queues.filter(({ suspects }) => suspects > 0).map(({ name }) => name))
      this.wake(queues.map(({ name }) => name))
    } catch (error) {
      log.error({ err: error }, 'The queues cannot be looked at')
    }
  }

  /**
   * What to claim next, nothing included.
   *
   * @param places how many tasks are wanted; of suspects one, as they run alone
   * @param own how many are wanted of one queue each, besides
   */
  plan(places: (suspects: boolean) => number, own?: ReadonlyMap<string, number>): ClaimPlan {
    const [queue] = this.#suspects
    if (queue === undefined) return { shares: this.#demand.share(places(false), own), suspects: false }
    return { shares: places(true) > 0 ? [{ queue, max: 1 }] : [], suspects: true }
  }

  /** Never rejects. The first claims, as many as there is `room`, start at once. */
  async carryOut({ shares, suspects }: ClaimPlan, room: number): Promise<Claimed> {
    let left = room
    const asked = shares.map(async (share) => {
      const { max, own = 0 } = share
      const shared = Math.max(0, Math.min(max - own, left))
      left -= shared
      const startNow = own + shared
      const claims = await this.#claim(share, { suspects, startNow })
      return { claims, ahead: claims.slice(startNow) }
    })
    const answers = await Promise.all(asked)
    return {
      claims: answers.flatMap(({ claims }) => claims),
      ahead: answers.flatMap(({ ahead }) => ahead),
    }
  }

  async #claim(
    { queue, max }: Share,
    { suspects, startNow }: { suspects: boolean; startNow: number },
  ): Promise<readonly Claim[]> {
    const { broker, log, signal } = this.#options
    const wanted = { queue, max, suspects, startNow, leaseMs: LEASE, worker: String(process.pid) }
    const onTrouble = (error: unknown): void => log.error({ err: error, queue }, 'Tasks cannot be claimed')
    try {
      const claims = await insist(() => broker.claim(wanted), { signal, onTrouble })
      if (suspects && claims.length === 0) this.#suspects.delete(queue)
      else if (!suspects && claims.length < max) this.#demand.ranDry(queue)
      return claims
    } catch (error) {
      if (!signal.aborted) {
        onTrouble(error)
        this.#askLater(queue, suspects)
      }
      return []
    }
  }

  #askLater(queue: string, suspects: boolean): void {
    this.#demand.refused(queue)
    this.#suspects.delete(queue)
    const again = (): void => {
      if (suspects) this.expectSuspects([queue])
      this.wake([queue])
      this.#options.onAgain()
    }
    setTimeout(again, REFUSED_PAUSE).unref()
  }
}
