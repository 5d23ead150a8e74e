/** Tasks in the SQLite store. Turns envelopes into rows and back; the work is done by the calls of `store/queue-*.ts`. */
import type {
  Broker,
  CancelResult,
  Claim,
  ClaimOptions,
  EndedTask,
  EnqueueResult,
  NewTask,
  PeekOptions,
  QueueCounts,
  QueueState,
  Release,
  Settled,
} from '../broker.ts'
import type { StorePart } from '../store/store-part.ts'
import {
  claimFromRow,
  claimKey,
  endedFromRow,
  endRow,
  envelopeFromRow,
  heldRow,
  inOrder,
  newTaskRow,
} from '../store/task-rows.ts'
import type { TaskEnd, TaskEnvelope } from '../task.ts'

export class SqliteBroker implements Broker {
  readonly name = 'sqlite'
  readonly capabilities = { durable: true, shared: false }

  readonly #store: StorePart
  readonly #wakes: (() => void)[] = []

  constructor(store: StorePart) {
    this.#store = store
  }

  /** The store has done all of it when it was opened. */
  async initialise(): Promise<void> {}

  async enqueue(tasks: readonly NewTask[]): Promise<readonly EnqueueResult[]> {
    const now = this.#store.clock.now()
    const answers = await this.#store.call(
      'enqueue',
      tasks.map((one) => newTaskRow(one, now, this.#store.own(one.task.data))),
    )
    return tasks.map(({ task: { id } }, index): EnqueueResult => {
      const answer = answers[index] ?? 'known'
      return typeof answer === 'number' ? { id, status: 'duplicate', of: answer } : { id, status: answer }
    })
  }

  async claim({ queue, max, startNow = max, suspects, leaseMs }: ClaimOptions): Promise<readonly Claim[]> {
    const rows = await this.#store.call('claim', { queue, max, startNow, suspects, leaseMs })
    return inOrder(rows).map(claimFromRow)
  }

  begin(claims: readonly Claim[]): Promise<void> {
    return this.#store.call('begin', claims.map(claimKey))
  }

  async renew(claims: readonly Claim[], leaseMs: number): Promise<readonly Claim[]> {
    const lost = new Set(await this.#store.call('renew', claims.map(claimKey), leaseMs))
    return claims.filter((_, index) => lost.has(index))
  }

  settle(claim: Claim, end: TaskEnd): Promise<Settled> {
    return this.#store.call('settle', heldRow(claim), endRow(end, this.#store.own(end.result)))
  }

  release(claim: Claim, { runAt, refund = false, crashed = false }: Release): Promise<Settled> {
    const dueAt = runAt === undefined ? null : Math.ceil(runAt)
    return this.#store.call('release', heldRow(claim), dueAt, refund, crashed)
  }

  async cancel(id: number, end: TaskEnd): Promise<CancelResult> {
    const answer = await this.#store.call('cancel', id, endRow(end, this.#store.own(end.result)))
    return typeof answer === 'string' ? { state: answer } : { state: 'ended', task: envelopeFromRow(answer) }
  }

  forget(ids: readonly number[]): Promise<void> {
    return this.#store.call('forget', ids)
  }

  async undelivered(after: number, limit: number): Promise<readonly EndedTask[]> {
    return (await this.#store.call('undelivered', after, limit)).map(endedFromRow)
  }

  async reapExpired(): Promise<readonly Claim[]> {
    return inOrder(await this.#store.call('reapExpired')).map(claimFromRow)
  }

  counts(queue?: string): Promise<QueueCounts> {
    return this.#store.call('counts', queue ?? null)
  }

  async queues(): Promise<readonly QueueState[]> {
    return (await this.#store.call('queues')).map(({ pausedUntil, ...state }) => {
      if (pausedUntil === 0) return state
      return { ...state, pausedUntil: pausedUntil === Number.MAX_SAFE_INTEGER ? Infinity : pausedUntil }
    })
  }

  async pause(queue: string, until = Infinity): Promise<void> {
    await this.#store.call('pause', queue, Math.ceil(Math.min(until, Number.MAX_SAFE_INTEGER)))
  }

  async resume(queue: string): Promise<void> {
    await this.#store.call('pause', queue, 0)
    this.wake()
  }

  async peek(queue: string, { state, limit, after = 0 }: PeekOptions): Promise<readonly TaskEnvelope[]> {
    return (await this.#store.call('peek', queue, state, limit, after)).map(envelopeFromRow)
  }

  async redrive(queue: string, ids?: readonly number[]): Promise<number> {
    const revived = await this.#store.call('redrive', queue, ids ?? null)
    if (revived > 0) this.wake()
    return revived
  }

  onAvailable(wake: () => void): void {
    this.#wakes.push(wake)
  }

  /** For the store: a delay or a pause is over. */
  wake(): void {
    for (const wake of this.#wakes) wake()
  }

  close(): Promise<void> {
    return this.#store.close()
  }
}
