/**
 * The sending end of tasks, in an HTTP worker or a task worker: gives out ids, encodes, keeps every task until
 * its end is known, and sends again what a dead task server may have lost.
 */
import { randomUUID } from 'node:crypto'
import { errorToWire, errorFromWire, TsrvError, type WireError } from '../errors.ts'
import type { TaskHandle, TaskOptions, TaskReport, TaskWaitOptions } from '../server.ts'
import { withDeadline } from '../util/deadline.ts'
import type { Channel } from '../wire/channel.ts'
import type { FromTaskServer, FinishMeta, Sender, ToTaskServer } from '../wire/messages.ts'
import { decodePayload, encodePayload } from '../wire/payload.ts'
import type { Tags } from '../wire/tags.ts'
import { HandledReports } from './handled-reports.ts'
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
  readonly #name = randomUUID()
  readonly #pending = new Map<number, PendingTask>()
  readonly #reports = new HandledReports()
  #channel: Channel<ToTaskServer, FromTaskServer> | undefined
  /** Name of the task server behind the last line. */
  #server: string | undefined
  /** Nothing is sent before the welcome: it decides whether tasks that had started count a crash. */
  #awaitsWelcome = false
  #isLeader = false
  /** Tasks whose acceptance has not been heard of; a worker must not leave before it is 0. */
  #unaccepted = 0
  #allAccepted: PromiseWithResolvers<void> | undefined

  constructor(options: TaskClientOptions) {
    this.#options = options
  }

  /** Uses a new line to the task server and sends everything again that has not ended. */
  connect(channel: Channel<ToTaskServer, FromTaskServer>): void {
    this.#channel = channel
    channel.send({ type: 'hello', sender: this.#options.sender, client: this.#name })
    if (this.#isLeader) channel.send({ type: 'leader' })
    this.#awaitsWelcome = [...this.#pending.values()].some((task) => task.isStarted)
    if (!this.#awaitsWelcome) this.#resend()
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
    const late = (): Error => new TsrvError('TASK_TIMEOUT', { id, timeout })
    const report = await withDeadline(done, timeout, late)
    if (report.error !== undefined) throw report.error
    return report.value as Result
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
    this.#allAccepted ??= Promise.withResolvers()
    const aborted = Promise.withResolvers<void>()
    signal.addEventListener('abort', () => aborted.resolve(), { once: true })
    await Promise.race([this.#allAccepted.promise, aborted.promise])
  }

  #enqueue(data: unknown, { signal }: TaskOptions, watcher: TaskWatcher | undefined): PendingTask {
    const bytes = encodePayload(data, this.#options.tags)
    signal?.throwIfAborted()
    const id = this.#options.ids.next()
    const cancel = (): void => this.#cancel(id)
    const task: PendingTask = {
      id,
      data: bytes,
      watcher,
      attempt: 1,
      crashes: 0,
      isAccepted: false,
      isStarted: false,
      isCancelled: false,
      release: () => signal?.removeEventListener('abort', cancel),
    }
    this.#pending.set(id, task)
    this.#unaccepted++
    this.#send(task)
    signal?.addEventListener('abort', cancel, { once: true })
    return task
  }

  #send(task: PendingTask): void {
    if (this.#awaitsWelcome) return
    this.#channel?.send({ type: 'task', id: task.id, meta: metaOf(task), data: task.data })
    if (task.isCancelled) this.#channel?.send({ type: 'cancel', id: task.id })
  }

  #resend(): void {
    for (const task of this.#pending.values()) this.#send(task)
  }

  #cancel(id: number): void {
    const task = this.#pending.get(id)
    if (task === undefined || task.isCancelled) return
    task.isCancelled = true
    if (!this.#awaitsWelcome) this.#channel?.send({ type: 'cancel', id })
  }

  #receive(message: FromTaskServer): void {
    switch (message.type) {
      case 'welcome':
        return this.#welcomed(message.server)
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

  /** The same task server as before still runs what it ran: the line alone was lost. */
  #welcomed(server: string): void {
    const isReplaced = this.#server !== undefined && this.#server !== server
    this.#server = server
    if (isReplaced) this.#countCrashes()
    if (!this.#awaitsWelcome) return
    this.#awaitsWelcome = false
    this.#resend()
  }

  /** What ran when a task server died may be the cause; after `maxCrashes` such deaths a task is given up. */
  #countCrashes(): void {
    for (const task of this.#pending.values()) {
      if (!task.isStarted) continue
      task.isStarted = false
      task.crashes++
      task.attempt++
      if (task.crashes >= this.#options.maxCrashes) this.#giveUp(task)
    }
  }

  #accepted(task: PendingTask | undefined): void {
    if (task === undefined || task.isAccepted) return
    task.isAccepted = true
    task.watcher?.accepted()
    if (--this.#unaccepted > 0) return
    this.#allAccepted?.resolve()
    this.#allAccepted = undefined
  }

  #finished(id: number, meta: FinishMeta, result: Uint8Array): void {
    if (this.#reports.isOpen(id)) return
    if (this.#reports.isDone(id)) return this.#received(id)
    // No pending task: it was sent by the predecessor of this worker, or by somebody the leader stands in for.
    const task = this.#pending.get(id)
    this.#accepted(task)
    this.#pending.delete(id)
    task?.release()
    const finished = readFinish(id, meta, result, this.#options.tags)
    task?.watcher?.finished(finished)
    this.#reports.begin(id)
    const received = (): void => {
      this.#reports.end(id)
      this.#received(id)
    }
    void (async () => this.#options.onFinish(finished))().then(received, received)
  }

  #received(id: number): void {
    this.#channel?.send({ type: 'received', id })
  }

  #disconnected(channel: Channel<ToTaskServer, FromTaskServer>): void {
    if (this.#channel !== channel) return
    this.#channel = undefined
    // The next task server may be another one, which must accept them anew.
    for (const task of this.#pending.values()) {
      if (task.isAccepted) this.#unaccepted++
      task.isAccepted = false
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
