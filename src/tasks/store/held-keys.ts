/** Which task holds a deduplication key: while it waits or runs, and until its `keyUntil` if that is later. */
import type { QueueStatements } from './queue-sql.ts'

/** Keys that are removed at a time once their hour has come. */
const EXPIRE_SLICE = 1000

export class HeldKeys {
  readonly #sql: QueueStatements

  constructor(sql: QueueStatements) {
    this.#sql = sql
  }

  /** The id of the task that holds this key. */
  holderOf(key: string, now: number): number | undefined {
    const [id, until] = (this.#sql.keyHolder.get(key) ?? []) as unknown as [number?, (number | null)?]
    return typeof until === 'number' && until <= now ? undefined : id
  }

  /** Takes up to two keys away whose hour has come: under a load that never pauses they would pile up. */
  hold(key: string, id: number, now: number): void {
    this.#sql.holdKey.run(key, id)
    this.#sql.expireKeys.run(now, 2)
  }

  /** The task has ended: others may have its key now, or when `keyUntil` has come. */
  release(key: string | null, id: number, keyUntil: number | null, now: number): void {
    if (key === null) return
    if (keyUntil !== null && keyUntil > now) this.#sql.keepKey.run(Math.ceil(keyUntil), key, id)
    else this.#sql.freeKey.run(key, id)
  }

  /** @returns whether there may be more */
  expire(now: number): boolean {
    return this.#sql.expireKeys.run(now, EXPIRE_SLICE).changes === EXPIRE_SLICE
  }
}
