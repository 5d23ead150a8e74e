/**
 * The tasks of one sender that have not ended: what must be sent again when the line breaks, what waits for room,
 * and the limits of it all. They hold within one turn of the event loop, where nothing can be heard from anybody.
 */
import { TsrvError } from '../../errors.ts'
import type { PendingTask } from './pending.ts'

export interface OutboxLimits {
  /** Number of tasks sent from here that may be open. */
  readonly tasks: number
  /** Bytes of their data. */
  readonly bytes: number
}

/** The even share of one of `senders` in the limits of the whole server. */
export function shareOf(
  { maxQueued, maxQueuedBytes }: { readonly maxQueued: number; readonly maxQueuedBytes: number },
  senders: number,
): OutboxLimits {
  return { tasks: Math.ceil(maxQueued / senders), bytes: Math.ceil(maxQueuedBytes / senders) }
}

export class Outbox {
  readonly #limits: OutboxLimits
  readonly #open = new Map<number, PendingTask>()
  /** Over the limits, and sent when there is room; the oldest first. */
  readonly #held = new Map<number, PendingTask>()
  #bytes = 0
  #unaccepted = 0
  #allAccepted: PromiseWithResolvers<void> | undefined

  constructor(limits: OutboxLimits) {
    this.#limits = limits
  }

  /** A single task larger than all the room there is passes when nothing else is open. */
  hasRoom(size: number): boolean {
    if (this.#open.size === 0) return true
    return this.#open.size < this.#limits.tasks && this.#bytes + size <= this.#limits.bytes
  }

  /** @throws TsrvError TSRV_TASK_QUEUE_FULL */
  requireRoom(size: number): void {
    if (this.hasRoom(size)) return
    const { tasks: maxTasks, bytes: maxBytes } = this.#limits
    throw new TsrvError('TASK_QUEUE_FULL', {
      open: this.#open.size,
      bytes: this.#bytes,
      maxTasks,
      maxBytes,
    })
  }

  add(task: PendingTask): void {
    this.#open.set(task.id, task)
    this.#bytes += task.size
    this.#unaccepted++
  }

  hold(task: PendingTask): void {
    this.#held.set(task.id, task)
  }

  /** Takes the held tasks for which there is room now. */
  *release(): Generator<PendingTask> {
    for (const [id, task] of this.#held) {
      if (!this.hasRoom(task.size)) return
      this.#held.delete(id)
      this.add(task)
      yield task
    }
  }

  get(id: number): PendingTask | undefined {
    return this.#open.get(id) ?? this.#held.get(id)
  }

  isHeld(id: number): boolean {
    return this.#held.has(id)
  }

  /** Those that have been sent or are about to be. */
  values(): Iterable<PendingTask> {
    return this.#open.values()
  }

  get isAllAccepted(): boolean {
    return this.#unaccepted === 0
  }

  /** `isKept`: a store has it, so that its data can be let go. */
  accepted(task: PendingTask, isKept: boolean): void {
    if (task.isAccepted) return
    task.isAccepted = true
    if (isKept) task.data = undefined
    task.watcher?.accepted()
    this.#unaccepted--
    this.#checkAccepted()
  }

  #checkAccepted(): void {
    if (this.#unaccepted + this.#held.size > 0) return
    this.#allAccepted?.resolve()
    this.#allAccepted = undefined
  }

  /** The next task server may be another one, which must accept again what only the last one knew. */
  forgetAcceptance(): void {
    for (const task of this.#open.values()) {
      if (!task.isAccepted || task.data === undefined) continue
      task.isAccepted = false
      this.#unaccepted++
    }
  }

  /** The task has ended: it takes no room any more. */
  delete(task: PendingTask): void {
    task.release()
    if (this.#held.delete(task.id)) return this.#checkAccepted()
    this.accepted(task, false)
    if (this.#open.delete(task.id)) this.#bytes -= task.size
  }

  /** Resolves when all tasks are accepted, held ones included; at the latest when `signal` aborts. */
  async allAccepted(signal: AbortSignal): Promise<void> {
    if (this.#unaccepted + this.#held.size === 0 || signal.aborted) return
    this.#allAccepted ??= Promise.withResolvers()
    const aborted = Promise.withResolvers<void>()
    signal.addEventListener('abort', () => aborted.resolve(), { once: true })
    await Promise.race([this.#allAccepted.promise, aborted.promise])
  }
}
