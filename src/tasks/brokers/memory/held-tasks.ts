/** The tasks of the memory broker that are claimed: by the newest claim of each, and until its lease runs out. */
import type { Claim } from '../../broker.ts'
import { claimOf, type KeptTask } from './kept-task.ts'

export class HeldTasks {
  readonly #kept = new Map<number, KeptTask>()
  #fence: number

  /** @param fence lower than that of every claim */
  constructor(fence: number) {
    this.#fence = fence
  }

  /** Claims the task anew. */
  hold(kept: KeptTask, leaseMs: number, now: number): Claim {
    kept.state = 'running'
    kept.fence = ++this.#fence
    this.extend(kept, leaseMs, now)
    this.#kept.set(kept.task.id, kept)
    return claimOf(kept)
  }

  extend(kept: KeptTask, leaseMs: number, now: number): void {
    kept.leaseMs = leaseMs
    kept.leaseUntil = now + leaseMs
  }

  /** The task of a claim that is still the newest one. */
  find({ task, fence }: Claim): KeptTask | undefined {
    const kept = this.#kept.get(task.id)
    return kept?.fence === fence ? kept : undefined
  }

  letGo({ task }: KeptTask): void {
    this.#kept.delete(task.id)
  }

  /** Those whose lease has run out. */
  expired(now: number): KeptTask[] {
    return [...this.#kept.values()].filter(({ leaseUntil }) => leaseUntil <= now)
  }
}
