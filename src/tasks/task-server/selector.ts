/** From which of the queues that have work the next tasks are taken: pure rules. */

/**
 * `weighted`: by chance, a queue of weight 5 five times as often as one of weight 1. `strict`: nothing from a queue
 * while one of more weight has work. `round-robin`: one after the other, whatever their weights.
 */
export type SelectorName = 'weighted' | 'strict' | 'round-robin'

export interface WeightedQueue {
  readonly name: string
  /** More than 0. */
  readonly weight: number
}

/** What a choice depends on besides the queues. */
export interface SelectorMood {
  /** 0 up to 1. */
  readonly random: () => number
  /** The queue that was chosen last. */
  readonly last?: string | undefined
}

export interface Share {
  readonly queue: string
  readonly max: number
  /** Of `max`: for lanes that run nothing else. */
  readonly own?: number
}

/** Shares out `places` among queues, all of which may have work: each is filled as if tasks were taken one by one. */
export function shareOut(
  selector: SelectorName,
  places: number,
  queues: readonly WeightedQueue[],
  mood: SelectorMood,
): readonly Share[] {
  const [first] = queues
  if (first === undefined || places < 1) return []
  if (queues.length === 1) return [{ queue: first.name, max: places }]
  switch (selector) {
    case 'strict':
      return [{ queue: heaviest(queues).name, max: places }]
    case 'weighted':
      return counted(places, () => drawn(queues, mood.random()))
    case 'round-robin': {
      let at = queues.findIndex(({ name }) => name === mood.last)
      return counted(places, () => queues[++at % queues.length] ?? first)
    }
    default:
      return selector satisfies never
  }
}

function heaviest(queues: readonly WeightedQueue[]): WeightedQueue {
  return queues.reduce((best, one) => (one.weight > best.weight ? one : best))
}

function drawn(queues: readonly WeightedQueue[], random: number): WeightedQueue {
  let left = random * queues.reduce((sum, { weight }) => sum + weight, 0)
  // Of rounding errors the last one has the benefit.
  return queues.find(({ weight }) => (left -= weight) < 0) ?? (queues.at(-1) as WeightedQueue)
}

/** In the order in which each was chosen for the last time, so that round-robin goes on after the last of them. */
function counted(places: number, choose: () => WeightedQueue): readonly Share[] {
  const counts = new Map<string, number>()
  for (let place = 0; place < places; place++) {
    const { name } = choose()
    const count = counts.get(name) ?? 0
    counts.delete(name)
    counts.set(name, count + 1)
  }
  return [...counts].map(([queue, max]) => ({ queue, max }))
}
