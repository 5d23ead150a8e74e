/** Changes of what runs that are under way: over when all is as wanted, or when something new does not boot. */
import { TsrvError } from '../errors.ts'
import type { FromChild } from '../wire/messages.ts'
import type { WorkerExit, WorkerHandle } from './worker-handle.ts'

/** The HTTP workers of a generation, or only those of the slots from `firstSlot` on. */
export class HttpReload {
  readonly generation: number
  readonly #places: number
  readonly #firstSlot: number
  readonly #over = Promise.withResolvers<void>()

  constructor(generation: number, places: number, firstSlot = 0) {
    this.generation = generation
    this.#places = places
    this.#firstSlot = firstSlot
    this.#over.promise.catch(() => {})
  }

  /** Rejects with TSRV_RELOAD_FAILED. */
  get over(): Promise<void> {
    return this.#over.promise
  }

  look(workers: readonly WorkerHandle[]): void {
    const ready = workers.filter((worker) => this.#isNew(worker) && worker.state === 'ready')
    const slots = new Set(ready.map((worker) => worker.slot))
    if (slots.size >= this.#places - this.#firstSlot) this.#over.resolve()
  }

  /** A worker has ended. True when it was a new one that never got ready, which ends the reload. */
  ended(worker: WorkerHandle, exit: WorkerExit, reason: string): boolean {
    if (!this.#isNew(worker) || exit.readyFor > 0) return false
    this.#over.reject(new TsrvError('RELOAD_FAILED', { reason: `HTTP worker ${worker.slot}: ${reason}` }))
    return true
  }

  abandon(reason: string): void {
    this.#over.reject(new TsrvError('RELOAD_FAILED', { reason }))
  }

  #isNew({ generation, slot }: WorkerHandle): boolean {
    return generation === this.generation && slot >= this.#firstSlot
  }
}

export type TaskReloadAnswer = Extract<FromChild, { type: 'reloaded' | 'reload-failed' }>

/** One reload of the task workers, or a change of their number, which the task server carries out. */
export class TaskReload {
  readonly #over = Promise.withResolvers<void>()

  constructor() {
    this.#over.promise.catch(() => {})
  }

  get over(): Promise<void> {
    return this.#over.promise
  }

  answered(answer: TaskReloadAnswer): void {
    if (answer.type === 'reloaded') this.#over.resolve()
    else this.abandon(`task workers: ${answer.error.message}`)
  }

  abandon(reason: string): void {
    this.#over.reject(new TsrvError('RELOAD_FAILED', { reason }))
  }
}
