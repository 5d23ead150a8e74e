/** Waiting tasks in memory: first in, first out; gone with the task server. */
import { Fifo } from '../../util/fifo.ts'
import type { Broker } from '../broker.ts'
import type { StoredTask } from '../task.ts'

export class MemoryBroker implements Broker {
  readonly #order = new Fifo<number>()
  readonly #waiting = new Map<number, StoredTask>()

  get size(): number {
    return this.#waiting.size
  }

  has(id: number): boolean {
    return this.#waiting.has(id)
  }

  push(task: StoredTask): void {
    this.#waiting.set(task.id, task)
    this.#order.push(task.id)
  }

  putBack(task: StoredTask): void {
    this.#waiting.set(task.id, task)
    this.#order.unshift(task.id)
  }

  take(): StoredTask | undefined {
    for (;;) {
      const id = this.#order.shift()
      if (id === undefined) return undefined
      // A removed task leaves its id behind in the order; skipping it here is cheaper than a search there.
      const task = this.remove(id)
      if (task !== undefined) return task
    }
  }

  remove(id: number): StoredTask | undefined {
    const task = this.#waiting.get(id)
    this.#waiting.delete(id)
    return task
  }
}
