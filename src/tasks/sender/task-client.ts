/**
 * The sending end of tasks, in an HTTP worker or a task worker: gives out ids, encodes, keeps every task until it is
 * stored or ended, and sends again what a dead task server may have lost.
 */
import { randomUUID } from 'node:crypto'
import { TsrvError } from '../../errors.ts'
import type { TaskHandle, TaskOptions, TaskQueue, TaskWaitOptions } from '../../server.ts'
import type { Channel } from '../../wire/channel.ts'
import type { FinishMeta, FromTaskServer, ToTaskServer } from '../../wire/messages.ts'
import { NO_TAGS } from '../../wire/tags.ts'
import { Cancels } from './cancels.ts'
import { type FinishedTask, readFinish } from './finished-task.ts'
import { HandledReports } from './handled-reports.ts'
import { Outbox } from './outbox.ts'
import { countCrash, metaOf, type PendingTask, pendingTask, TaskWatcher } from './pending.ts'
import { ServerLine } from './server-line.ts'
import { Spill } from './spill.ts'
import { SyncTasks } from './sync-tasks.ts'
import { DEFAULT_QUEUE } from '../task.ts'
import { packError } from '../task-error.ts'
import { requireId } from '../task-options.ts'
import { readTaskCall, type TaskCall } from './task-call.ts'
import type { TaskClientOptions } from './task-client-options.ts'
import { type SubmitToQueue, taskQueue } from './task-queue.ts'
import { readWait, waitForValue } from './task-wait.ts'

export class TaskClient {
  readonly #options: TaskClientOptions
  readonly #line: ServerLine
  readonly #outbox: Outbox
  readonly #spill: Spill | undefined
  readonly reports = new HandledReports()
  readonly #cancels = new Cancels()
  readonly syncTasks: SyncTasks
  #isDurable = false

  constructor(options: TaskClientOptions) {
    this.#options = options
    const { limits, sender, spill } = options
    const client = randomUUID()
    this.#line = new ServerLine({ sender, client })
    this.#outbox = new Outbox(limits)
    this.#spill = spill && new Spill({ ...spill, sender, client, outbox: this.#outbox })
    const { workerId } = sender
    this.syncTasks = new SyncTasks({ ...options, workerId, tell: (message) => this.#line.tell(message) })
  }

  /** Uses a new line to the task server and sends everything again that may have got lost. */
  connect(channel: Channel<ToTaskServer, FromTaskServer>): void {
    if (this.#line.open(channel)) this.#resend()
    channel.listen({
      onMessage: (message) => this.#receive(message),
      onClose: () => this.#disconnected(channel),
    })
  }

  task(data: unknown, options: TaskOptions = {}): number {
    return this.#enqueue({ data, options, call: 'task' }).id
  }

  submit<Result>(data: unknown, options: TaskOptions = {}): TaskHandle<Result> {
    return this.#submit<Result>({ data, options, call: 'submit' }).handle
  }

  async taskWait<Result>(data: unknown, options: TaskWaitOptions = {}): Promise<Result> {
    const timeout = readWait(options)
    return waitForValue(this.submit<Result>(data), timeout, this.#options.onLate)
  }

  taskWaitMulti<Result>(
    items: readonly unknown[],
    options?: TaskWaitOptions,
  ): Promise<PromiseSettledResult<Result>[]> {
    return Promise.allSettled(items.map((data) => this.taskWait<Result>(data, options)))
  }

  /** @throws TsrvError TSRV_QUEUE_UNKNOWN */
  queue(wished?: string): TaskQueue {
    const submit: SubmitToQueue = (data, options) => this.#submit({ data, options, call: 'enqueue' })
    return taskQueue({ wished, routes: this.#options.queues, submit })
  }

  /**
   * @returns false when there is no such task, or it has ended
   * @throws TsrvError TSRV_TASK_OPTION_INVALID for what is no id, such as a text
   */
  async cancel(id: number): Promise<boolean> {
    requireId(id, 'cancel')
    if (this.syncTasks.cancel(id)) return true
    const task = this.#outbox.get(id)
    if (task?.isCancelled === true) return true
    if (task !== undefined) task.isCancelled = true
    if (task !== undefined && this.#outbox.isHeld(id)) {
      this.#endHere(task, new TsrvError('TASK_CANCELLED', { id }))
      return true
    }
    this.#line.tell({ type: 'cancel', id })
    return this.#cancels.ask(id)
  }

  /** Puts the tasks of this turn into the kernel now; called before the bytes of a response. */
  flush(): void {
    this.#line.flush()
    // What did not fit into the socket would end with this process.
    if (!this.#line.isOpen || this.#line.isBlocked) this.#spill?.write()
  }

  /** From now on this sender also receives the ends of tasks whose sender cannot. */
  lead(): void {
    this.#line.lead()
  }

  /** Another one leads; a new line must not take that from it. */
  resign(): void {
    this.#line.resign()
  }

  /** Resolves when what runs here has ended and the rest is accepted, at the latest when `signal` aborts. */
  async allAccepted(signal: AbortSignal): Promise<void> {
    await this.syncTasks.allEnded(signal)
    this.flush()
    await this.#outbox.allAccepted(signal)
    this.#spill?.write()
  }

  #submit<Result>(call: TaskCall): { readonly handle: TaskHandle<Result>; readonly queue: string } {
    const watcher = new TaskWatcher()
    const { id, wishes } = this.#enqueue({ ...call, watcher })
    const handle = watcher.handle<Result>(id, () => void this.cancel(id))
    return { handle, queue: wishes?.queue ?? DEFAULT_QUEUE }
  }

  #enqueue({ watcher, ...call }: TaskCall & { watcher?: TaskWatcher }): PendingTask {
    const { ids, whenFull, now = Date.now } = this.#options
    const { isHere, ...asked } = readTaskCall(call, this.#options)
    const { signal } = call.options
    signal?.throwIfAborted()
    const mayWait = watcher !== undefined && whenFull === 'wait'
    if (!mayWait && !isHere) this.#outbox.requireRoom(asked.data.length)
    const id = ids.next()
    const cancel = (): void => void this.cancel(id)
    const release = (): void => signal?.removeEventListener('abort', cancel)
    const task = pendingTask({ ...asked, id, createdAt: now(), watcher, release })
    signal?.addEventListener('abort', cancel, { once: true })
    if (isHere) {
      this.syncTasks.run({ ...task, data: asked.data })
    } else if (this.#outbox.hasRoom(task.size)) {
      this.#outbox.add(task)
      this.#send(task)
    } else {
      this.#outbox.hold(task)
    }
    return task
  }

  #send(task: PendingTask): void {
    if (task.data === undefined) return
    if (!this.#line.isOpen) return this.#spill?.writeSoon(() => !this.#line.isOpen)
    this.#line.tell({ type: 'task', id: task.id, meta: metaOf(task), data: task.data })
  }

  #resend(): void {
    for (const task of this.#outbox.values()) {
      this.#send(task)
      // The task server that was told may not be there any more.
      if (task.isCancelled && !this.#cancels.has(task.id)) this.#line.tell({ type: 'cancel', id: task.id })
    }
    for (const id of this.#cancels.ids()) this.#line.tell({ type: 'cancel', id })
    this.syncTasks.connected()
  }

  #receive(message: FromTaskServer): void {
    switch (message.type) {
      case 'welcome':
        return this.#welcomed(message.server, message.durable)
      case 'accepted':
        return this.#accepted(message.id)
      case 'duplicate':
        return this.#duplicate(message.id, message.of)
      case 'started': {
        const task = this.#outbox.get(message.id)
        if (task !== undefined) task.isStarted = true
        return
      }
      case 'progress':
        return this.#outbox.get(message.id)?.watcher?.progressed(message.progress)
      case 'cancelling':
        return this.#cancelling(message.id, message.found)
      case 'finish':
        return this.#finished(message.id, message.meta, message.result)
      case 'ended':
        return void this.#ended(message.id, message.meta, message.result)
      default:
        return message satisfies never
    }
  }

  /** What is released by a task that is given up goes out with the rest, not before it. */
  #welcomed(server: string, isDurable: boolean): void {
    this.#isDurable = isDurable
    if (this.#line.isSuccessor(server) && !isDurable) this.#countCrashes()
    if (this.#line.welcomed(server)) this.#resend()
  }

  /** What ran when a task server died may be the cause; after `maxCrashes` such deaths a task is given up. */
  #countCrashes(): void {
    for (const task of this.#outbox.values()) {
      const end = task.isStarted ? countCrash(task, this.#options) : undefined
      if (end !== undefined) this.#endHere(task, end)
    }
  }

  #cancelling(id: number, found: boolean): void {
    const task = this.#outbox.get(id)
    // It may be tried again.
    if (task !== undefined && !found) task.isCancelled = false
    this.#cancels.answered(id, found)
  }

  #accepted(id: number): void {
    const task = this.#outbox.get(id)
    if (task !== undefined) this.#outbox.accepted(task, this.#isDurable)
    this.#spill?.tidy()
  }

  #duplicate(id: number, duplicateOf: number): void {
    const task = this.#outbox.get(id)
    if (task === undefined) return
    this.#remove(task)
    task.watcher?.finished({ id, state: 'duplicate', duplicateOf, duration: 0, attempt: 0 })
  }

  #finished(id: number, meta: FinishMeta, result: Uint8Array): void {
    if (this.reports.isOpen(id)) return
    if (this.reports.isDone(id)) return this.#received(id)
    const finished = this.#ended(id, meta, result)
    this.reports.begin(id)
    const received = (): void => this.#received(id)
    void (async () => this.#options.onFinish(finished))().then(received, received)
  }

  #ended(id: number, meta: FinishMeta, result: Uint8Array): FinishedTask {
    const finished = readFinish(id, meta, result, this.#options.tags)
    // None: it was sent by the predecessor of this worker, or by somebody the leader stands in for.
    const task = this.#outbox.get(id)
    if (task !== undefined) this.#remove(task)
    task?.watcher?.finished(finished)
    return finished
  }

  #received(id: number): void {
    this.reports.end(id)
    this.#line.acknowledge(id)
  }

  /** Makes room for tasks that were held back. */
  #remove(task: PendingTask): void {
    this.#outbox.delete(task)
    this.#spill?.tidy()
    for (const next of this.#outbox.release()) this.#send(next)
  }

  #disconnected(channel: Channel<ToTaskServer, FromTaskServer>): void {
    if (!this.#line.lost(channel)) return
    this.#outbox.forgetAcceptance()
    this.#spill?.write()
  }

  /** Ends a task that the task server does not have. */
  #endHere(task: PendingTask, error: TsrvError): void {
    const { workerId } = this.#options.sender
    const meta = { failed: true, attempt: task.attempt, duration: 0, redelivered: false, workerId }
    this.#finished(task.id, meta, packError(error, NO_TAGS))
  }
}
