/** One reload of the HTTP workers under way: over when every place has new code, or when new code does not boot. */
import { TsrvError } from '../errors.ts'
import type { FromChild } from '../wire/messages.ts'
import type { WorkerExit, WorkerHandle } from './worker-handle.ts'

export class HttpReload {
  readonly generation: number
  readonly #places: number
  readonly #over = Promise.withResolvers<void>()

  constructor(generation: number, places: number) {
    this.generation = generation
    this.#places = places
    this.#over.promise.catch(() => {})
  }

  /** Rejects with TSRV_RELOAD_FAILED. */
  get over(): Promise<void> {
    return this.#over.promise
  }

  look(workers: readonly WorkerHandle[]): void {
    const isNew = (worker: WorkerHandle): boolean =>
      worker.generation === this.generation && worker.state === 'ready'
    const slots = new Set(workers.filter(isNew).map((worker) => worker.slot))
    if (slots.size >= this.#places) this.#over.resolve()
  }

  /** A worker has ended. True when it was new code that never got ready, which ends the reload. */
  ended(worker: WorkerHandle, exit: WorkerExit, reason: string): boolean {
    if (worker.generation !== this.generation || exit.readyFor > 0) return false
    this.#over.reject(new TsrvError('RELOAD_FAILED', { reason: `HTTP worker ${worker.slot}: ${reason}` }))
    return true
  }

  abandon(reason: string): void {
    this.#over.reject(new TsrvError('RELOAD_FAILED', { reason }))
  }
}

export type TaskReloadAnswer = Extract<FromChild, { type: 'reloaded' | 'reload-failed' }>

/** One reload of the task workers, which the task server carries out. */
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
