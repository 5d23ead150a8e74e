/**
 * The sending end of tasks, in an HTTP worker or a task worker: gives out ids, encodes, keeps every task until
 * its end is known, and sends again what a dead task server may have lost.
 */
import { errorToWire, errorFromWire, TsrvError, type WireError } from '../errors.ts'
import type { TaskHandle, TaskOptions, TaskReport, TaskWaitOptions } from '../server.ts'
import type { Channel } from '../wire/channel.ts'
import type { FromTaskServer, FinishMeta, Sender, ToTaskServer } from '../wire/messages.ts'
import { decodePayload, encodePayload } from '../wire/payload.ts'
import type { Tags } from '../wire/tags.ts'
import type { TaskIds } from './ids.ts'
import { metaOf, type PendingTask, TaskWatcher } from './pending.ts'

/** The end of a task as its sender hears of it. */
export interface FinishedTask extends TaskReport {
  readonly redelivered: boolean
}

export interface TaskClientOptions {
  readonly sender: Sender
  readonly ids: TaskIds
  readonly tags: Tags
  /** A task that ran each time a task server died is given up after this many deaths. */
  readonly maxCrashes: number
  /** Handles the end of a task (finish events); the report counts as received when it has settled. */
  readonly onFinish: (finished: FinishedTask) => Promise<void> | void
}

const DEFAULT_WAIT = 30_000

export class TaskClient {
  readonly #options: TaskClientOptions
  readonly #pending = new Map<number, PendingTask>()
  #channel: Channel<ToTaskServer, FromTaskServer> | undefined
  #isLeader = false
  /** Tasks whose acceptance has not been heard of; a worker must not leave before it is 0. */
  #unaccepted = 0
  #onAllAccepted: (() => void) | undefined

  constructor(options: TaskClientOptions) {
    this.#options = options
  }

  /** Uses a new line to the task server and sends everything again that has not ended. */
  connect(channel: Channel<ToTaskServer, FromTaskServer>): void {
    this.#channel = channel
    channel.send({ type: 'hello', sender: this.#options.sender })
    if (this.#isLeader) channel.send({ type: 'leader' })
    for (const task of this.#pending.values()) this.#send(task)
    channel.listen({
      onMessage: (message) => this.#receive(message),
      onClose: () => this.#disconnected(channel),
    })
  }

  task(data: unknown, options: TaskOptions = {}): number {
    return this.#enqueue(data, options, undefined).id
  }

  submit<Result>(data: unknown, options: TaskOptions = {}): TaskHandle<Result> {
    const watcher = new TaskWatcher()
    const { id } = this.#enqueue(data, options, watcher)
    return watcher.handle(id, () => this.#cancel(id))
  }

  async taskWait<Result>(data: unknown, { timeout = DEFAULT_WAIT }: TaskWaitOptions = {}): Promise<Result> {
    const { id, done } = this.submit<Result>(data)
    const late = Promise.withResolvers<never>()
    const timer = setTimeout(() => late.reject(new TsrvError('TASK_TIMEOUT', { id, timeout })), timeout)
    try {
      const report = await Promise.race([done, late.promise])
      if (report.error !== undefined) throw report.error
      return report.value as Result
    } finally {
      clearTimeout(timer)
    }
  }

  taskWaitMulti<Result>(
    items: readonly unknown[],
    options?: TaskWaitOptions,
  ): Promise<PromiseSettledResult<Result>[]> {
    return Promise.allSettled(items.map((data) => this.taskWait<Result>(data, options)))
  }

  /** Puts the frames of this turn into the kernel now; called before the bytes of a response. */
  flush(): void {
    this.#channel?.flush()
  }

  /** From now on this sender also receives the ends of tasks whose sender cannot. */
  lead(): void {
    this.#isLeader = true
    this.#channel?.send({ type: 'leader' })
  }

  /** Resolves when the task server has accepted all that was sent, at the latest when `signal` aborts. */
  async allAccepted(signal: AbortSignal): Promise<void> {
    this.flush()
    if (this.#unaccepted === 0 || signal.aborted) return
    await new Promise<void>((resolve) => {
      this.#onAllAccepted = resolve
      signal.addEventListener('abort', () => resolve(), { once: true })
    })
  }

  #enqueue(data: unknown, { signal }: TaskOptions, watcher: TaskWatcher | undefined): PendingTask {
    const bytes = encodePayload(data, this.#options.tags)
    signal?.throwIfAborted()
    const id = this.#options.ids.next()
    const task: PendingTask = {
      id,
      data: bytes,
      watcher,
      attempt: 1,
      crashes: 0,
      isAccepted: false,
      isStarted: false,
    }
    this.#pending.set(id, task)
    this.#unaccepted++
    this.#send(task)
    signal?.addEventListener('abort', () => this.#cancel(id), { once: true })
    return task
  }

  #send(task: PendingTask): void {
    this.#channel?.send({ type: 'task', id: task.id, meta: metaOf(task), data: task.data })
  }

  #cancel(id: number): void {
    if (this.#pending.has(id)) this.#channel?.send({ type: 'cancel', id })
  }

  #receive(message: FromTaskServer): void {
    switch (message.type) {
      case 'accepted':
        return this.#accepted(this.#pending.get(message.id))
      case 'started': {
        const task = this.#pending.get(message.id)
        if (task !== undefined) task.isStarted = true
        return
      }
      case 'progress':
        return this.#pending.get(message.id)?.watcher?.progressed(message.progress)
      case 'finish':
        return this.#finished(message.id, message.meta, message.result)
      default:
        return message satisfies never
    }
  }

  #accepted(task: PendingTask | undefined): void {
    if (task === undefined || task.isAccepted) return
    task.isAccepted = true
    task.watcher?.accepted()
    if (--this.#unaccepted === 0) this.#onAllAccepted?.()
  }

  #finished(id: number, meta: FinishMeta, result: Uint8Array): void {
    // No pending task: it was sent by the predecessor of this worker, or by somebody the leader stands in for.
    const task = this.#pending.get(id)
    this.#accepted(task)
    this.#pending.delete(id)
    const finished = readFinish(id, meta, result, this.#options.tags)
    task?.watcher?.finished(finished)
    const received = (): void => this.#channel?.send({ type: 'received', id })
    void Promise.resolve(this.#options.onFinish(finished)).then(received, received)
  }

  /** The task server died. What ran then may be the cause; after `maxCrashes` such deaths a task is given up. */
  #disconnected(channel: Channel<ToTaskServer, FromTaskServer>): void {
    if (this.#channel !== channel) return
    this.#channel = undefined
    for (const task of this.#pending.values()) {
      if (!task.isStarted) continue
      task.isStarted = false
      task.crashes++
      task.attempt++
      if (task.crashes >= this.#options.maxCrashes) this.#giveUp(task)
    }
  }

  #giveUp(task: PendingTask): void {
    const details = { id: task.id, crashes: task.crashes, reason: 'the task server ended each time' }
    const error = new TsrvError('TASK_CRASHED', details)
    const { workerId } = this.#options.sender
    const meta = { failed: true, attempt: task.attempt - 1, duration: 0, redelivered: false, workerId }
    this.#finished(task.id, meta, encodePayload(errorToWire(error), this.#options.tags))
  }
}

function readFinish(id: number, meta: FinishMeta, result: Uint8Array, tags: Tags): FinishedTask {
  const { duration, attempt, redelivered } = meta
  try {
    const value = decodePayload(result, tags)
    if (!meta.failed) return { id, state: 'completed', value, duration, attempt, redelivered }
    const error = errorFromWire(value as WireError)
    const isCancelled = error instanceof TsrvError && error.code === 'TSRV_TASK_CANCELLED'
    return { id, state: isCancelled ? 'cancelled' : 'failed', error, duration, attempt, redelivered }
  } catch (cause) {
    // A class the task worker knows and this process does not: the task did run, its value cannot be shown.
    return { id, state: 'failed', error: cause as Error, duration, attempt, redelivered }
  }
}
