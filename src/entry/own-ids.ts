/** Task ids for a process that sends few tasks and can wait: a range of them is asked for when one is needed. */
import type { IdRange } from '../wire/messages.ts'

export function ownIds(request: () => Promise<IdRange>): () => Promise<number> {
  let range: IdRange = { first: 1, last: 0 }
  let refill: Promise<void> | undefined
  const renew = async (): Promise<void> => {
    range = await request()
    refill = undefined
  }
  return async () => {
    while (range.first > range.last) {
      refill ??= renew()
      await refill
    }
    const { first, last } = range
    range = { first: first + 1, last }
    return first
  }
}
