/**
 * Which queues may have something to claim, so that none is asked in vain: one that gave less than it was asked for
 * is left alone until something comes into it.
 */
import { type SelectorName, type Share, shareOut, type WeightedQueue } from './selector.ts'
import { DEFAULT_QUEUE } from '../task.ts'

export interface QueueTerms {
  readonly selector: SelectorName
  readonly queues: readonly WeightedQueue[]
}

/** All weigh the same. */
export const EQUAL_QUEUES: QueueTerms = { queues: [], selector: 'weighted' }

const NONE: ReadonlyMap<string, number> = new Map()

/** Weight of a queue that the config does not name (any more): what is left in it must run all the same. */
const LEAST_WEIGHT = 1

export class QueueDemand {
  readonly #terms: () => QueueTerms
  readonly #random: () => number
  /** Every queue that was ever heard of. */
  readonly #known = new Set([DEFAULT_QUEUE])
  readonly #hopeful = new Set([DEFAULT_QUEUE])
  /** Woken since the claim under way began: what it finds may be out of date. */
  readonly #woken = new Set<string>()
  #last: string | undefined

  constructor(terms: () => QueueTerms, random = Math.random) {
    this.#terms = terms
    this.#random = random
  }

  /** Something may have come into these queues; without names, into any. */
  wake(queues: Iterable<string> = [...this.#known]): void {
    for (const queue of queues) {
      this.#known.add(queue)
      this.#hopeful.add(queue)
      this.#woken.add(queue)
    }
  }

  /**
   * How many tasks are to be claimed from which queue, for as many `places`.
   *
   * @param own places for tasks of one queue each, besides
   */
  share(places: number, own: ReadonlyMap<string, number> = NONE): readonly Share[] {
    this.#woken.clear()
    const shares = places < 1 || this.#hopeful.size === 0 ? [] : this.#select(places)
    if (own.size === 0) return shares
    const owns = [...own].filter(([queue]) => this.#hopeful.has(queue))
    const others = shares.filter(({ queue }) => !own.has(queue))
    const max = (queue: string): number => shares.find((share) => share.queue === queue)?.max ?? 0
    return [...owns.map(([queue, count]) => ({ queue, max: max(queue) + count, own: count })), ...others]
  }

  #select(places: number): readonly Share[] {
    const { selector, queues } = this.#terms()
    const weights = new Map(queues.map(({ name, weight }) => [name, weight]))
    const hopeful = [...this.#known].filter((name) => this.#hopeful.has(name))
    const candidates = hopeful.map((name) => ({ name, weight: weights.get(name) ?? LEAST_WEIGHT }))
    const shares = shareOut(selector, places, candidates, { random: this.#random, last: this.#last })
    this.#last = shares.at(-1)?.queue ?? this.#last
    return shares
  }

  /** It gives out nothing now, whatever comes into it meanwhile; to be woken again. */
  refused(queue: string): void {
    this.#hopeful.delete(queue)
  }

  /** The claim got less than its share. */
  ranDry(queue: string): void {
    if (!this.#woken.has(queue)) this.#hopeful.delete(queue)
  }
}
