/** Takes tasks from their senders into the broker, a batch per turn, and says so only when they are kept. */
import type { Logger } from '../../server.ts'
import type { TaskMeta } from '../../wire/messages.ts'
import type { Broker, EnqueueResult, NewTask } from '../broker.ts'
import { EnqueueLine } from './enqueue-line.ts'
import type { ReportAddress, SenderLine } from './report-desk.ts'
import { DEFAULT_QUEUE, type TaskEnvelope, type TaskPolicy } from '../task.ts'
import type { LogBook } from './log-book.ts'

export interface Origin extends ReportAddress {
  readonly workerId: number
}

export interface IntakeOptions {
  readonly broker: Broker
  readonly book: LogBook
  readonly log: Logger
  /** New tasks wait in these queues; in some of `suspects` are tasks that ran when another task server died. */
  readonly onStored: (queues: ReadonlySet<string>, suspects: ReadonlySet<string>) => void
  /** Its sender was not sure whether it had arrived before. */
  readonly onKnown: (id: number, line: SenderLine) => void
  /** Nothing is on its way in any more. */
  readonly onEmpty: () => void
  /** The broker will never take this task. */
  readonly onRefused: (task: TaskEnvelope, error: unknown) => void
}

/** A task on its way in. Without a line it comes from within: nobody waits to hear that it is kept. */
export interface Arrival {
  readonly task: NewTask
  readonly line?: SenderLine
  /** Settles when it is kept, or never will be. */
  readonly kept?: PromiseWithResolvers<void>
}

export class Intake {
  readonly #options: IntakeOptions
  readonly #stop = new AbortController()
  readonly #enqueues: EnqueueLine
  #batch: Arrival[] = []
  #underWay = 0
  #isClosedToSenders = false

  constructor(options: IntakeOptions) {
    this.#options = options
    this.#enqueues = new EnqueueLine({
      signal: this.#stop.signal,
      onTrouble: (err) =>
        options.log.error(
          { err, tasks: this.#underWay },
          'Tasks cannot be stored; they wait in their senders',
        ),
    })
  }

  get isEmpty(): boolean {
    return this.#batch.length === 0 && this.#underWay === 0
  }

  add(arrival: Arrival): void {
    if (this.#isClosedToSenders && arrival.line !== undefined) return
    if (this.#batch.push(arrival) === 1) process.nextTick(() => this.flush())
  }

  /** Hands over now what this turn has brought, so that what is asked of the broker next comes after it. */
  flush(): void {
    const batch = this.#batch
    if (batch.length === 0) return
    this.#batch = []
    void this.#takeIn(batch)
  }

  /** Takes in what a sender that is gone has left; resolves with whether it is kept. */
  async keep(tasks: readonly NewTask[]): Promise<boolean> {
    await this.#takeIn(tasks.map((task) => ({ task })))
    return !this.#stop.signal.aborted
  }

  /** From now on senders keep what they send: another task server is to have it, and gets it at its welcome. */
  closeToSenders(): void {
    this.#isClosedToSenders = true
  }

  /** What is not kept by now is left to its sender, which has not been told otherwise. */
  close(): void {
    this.#stop.abort()
  }

  async #takeIn(batch: readonly Arrival[]): Promise<void> {
    this.#underWay += batch.length
    await this.#store(batch)
    this.#underWay -= batch.length
    if (this.isEmpty) this.#options.onEmpty()
  }

  async #store(batch: readonly Arrival[]): Promise<void> {
    const { broker, book, onStored, onKnown } = this.#options
    const tasks = batch.map(({ task }) => task)
    // Those with a key may turn out to be duplicates, which have no record.
    const recorded = tasks.filter(({ task }) => task.key === undefined).map(({ task }) => task)
    let results: readonly EnqueueResult[]
    try {
      results = await this.#enqueues.add(() => {
        const stored = broker.enqueue(tasks)
        // Each time: what refuses the tasks refuses their records.
        book.enqueued(recorded)
        return stored
      })
    } catch (error) {
      return this.#refused(batch, error)
    }
    book.enqueued(tasks.flatMap(({ task }, index) => (isNewWithKey(task, results[index]) ? [task] : [])))
    for (const [index, { line, kept }] of batch.entries()) {
      const result = results[index]
      kept?.resolve()
      if (line === undefined || result === undefined) continue
      answer(line, result)
      if (result.status === 'known') onKnown(result.id, line)
    }
    onStored(queuesOf(tasks), queuesOf(tasks.filter(({ crashes }) => crashes > 0)))
  }

  /** One task that cannot be stored must not keep others out. */
  async #refused(batch: readonly Arrival[], error: unknown): Promise<void> {
    if (this.#stop.signal.aborted) return
    const [first, ...others] = batch
    if (first === undefined) return
    if (others.length === 0) {
      first.kept?.reject(error)
      return this.#options.onRefused(first.task.task, error)
    }
    for (const arrival of batch) await this.#store([arrival])
  }
}

/** The task that a frame carries. */
export function arrivalOf(
  id: number,
  meta: TaskMeta,
  data: Uint8Array,
  { workerId, sender, client }: Origin,
): NewTask {
  const { attempt, crashes, watched, name, createdAt, wishes = {} } = meta
  const { delay, priority = 0, key, ttl, label, owner, category, ...others } = wishes
  const { queue = DEFAULT_QUEUE, parent, masterStatus, ...policy } = others
  const task: TaskEnvelope = {
    id,
    queue,
    data,
    name,
    priority,
    createdAt,
    runAt: createdAt + (delay ?? 0),
    workerId,
    sender,
    client,
    watched,
    policy: policy satisfies TaskPolicy,
    ...(label !== undefined && { label }),
    ...(owner !== undefined && { owner }),
    ...(category !== undefined && { category }),
    ...(parent !== undefined && { parentId: parent }),
    ...(masterStatus === true && { masterStatus }),
    ...(key !== undefined && { key, keyUntil: createdAt + (ttl ?? 0) }),
  }
  return { task, attempt, crashes }
}

function queuesOf(tasks: readonly NewTask[]): ReadonlySet<string> {
  return new Set(tasks.map(({ task }) => task.queue))
}

function isNewWithKey(task: TaskEnvelope, result: EnqueueResult | undefined): boolean {
  return task.key !== undefined && result?.status === 'enqueued'
}

function answer(line: SenderLine, result: EnqueueResult): void {
  if (result.status === 'duplicate') line.send({ type: 'duplicate', id: result.id, of: result.of })
  else line.send({ type: 'accepted', id: result.id })
}
