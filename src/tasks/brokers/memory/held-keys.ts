/** Which task holds a deduplication key: while it waits or runs, and until its `keyUntil` if that is later. */
import { Heap, type HeapNode } from '../../../util/heap.ts'
import type { TaskEnvelope } from '../../task.ts'

interface Holder {
  readonly key: string
  readonly id: number
  /** Set once the task has ended before its `keyUntil`. */
  expiry?: HeapNode<Holder>
}

export class HeldKeys {
  readonly #holders = new Map<string, Holder>()
  readonly #expiries = new Heap<Holder>()

  /** The id of the task that holds this key. */
  holderOf(key: string, now: number): number | undefined {
    this.#expire(now)
    return this.#holders.get(key)?.id
  }

  hold({ key, id }: TaskEnvelope): void {
    if (key === undefined) return
    const former = this.#holders.get(key)?.expiry
    if (former !== undefined) this.#expiries.remove(former)
    this.#holders.set(key, { key, id })
  }

  /** The task, which held its key, has ended: others may have its key now, or when `keyUntil` has come. */
  release({ key, id, keyUntil = 0 }: TaskEnvelope, now: number): void {
    const holder = key === undefined ? undefined : this.#holders.get(key)
    if (holder === undefined) return
    if (keyUntil > now) holder.expiry = this.#expiries.push(holder, keyUntil, id)
    else this.#holders.delete(holder.key)
  }

  #expire(now: number): void {
    while ((this.#expiries.first?.rank ?? Infinity) <= now) {
      const holder = this.#expiries.shift()
      if (holder !== undefined) this.#holders.delete(holder.key)
    }
  }
}
