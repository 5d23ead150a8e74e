/** Keeps the tasks that wait. One file per implementation under `brokers/`. */
import type { StoredTask } from './task.ts'

export interface Broker {
  /** Number of waiting tasks. */
  readonly size: number
  has(id: number): boolean
  push(task: StoredTask): void
  /** Puts a task back in front of all others: it had its turn and lost it to a crash. */
  putBack(task: StoredTask): void
  /** The task that has waited longest, which waits no more. */
  take(): StoredTask | undefined
  /** Drops a waiting task and returns it; undefined when it does not wait here. */
  remove(id: number): StoredTask | undefined
}
