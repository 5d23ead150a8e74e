/** Tasks in memory: fast, and gone with the process. Every call is done when it returns; promises only for the interface. */
import { Alarm } from '../../util/alarm.ts'
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
import type { TaskEnd, TaskEnvelope } from '../task.ts'
import { HeldKeys } from './memory/held-keys.ts'
import { HeldTasks } from './memory/held-tasks.ts'
import { dropData, type KeptTask, keptTask, stateOf } from './memory/kept-task.ts'
import { addCounts, MemoryQueue, NO_COUNTS } from './memory/memory-queue.ts'

export interface MemoryBrokerOptions {
  /** Milliseconds since 1970. */
  readonly now?: () => number
  /** Dead tasks that are kept for `redrive`; the oldest ones go first. Default 1000. */
  readonly keepDead?: number
}

export class MemoryBroker implements Broker {
  readonly name = 'memory'
  readonly capabilities = { durable: false, shared: false }

  readonly #now: () => number
  readonly #keepDead: number
  readonly #tasks = new Map<number, KeptTask>()
  readonly #queues = new Map<string, MemoryQueue>()
  readonly #keys = new HeldKeys()
  readonly #held: HeldTasks
  readonly #ended = new Set<KeptTask>()
  readonly #dead = new Set<KeptTask>()
  readonly #wakes: (() => void)[] = []
  readonly #alarm: Alarm
  #turn = 0

  constructor({ now = Date.now, keepDead = 1000 }: MemoryBrokerOptions = {}) {
    this.#now = now
    this.#keepDead = keepDead
    this.#alarm = new Alarm(() => this.#wake(), now)
    // A task that is sent again after the end of this process has a higher fence in the next one.
    this.#held = new HeldTasks(now() * 1000)
  }

  async initialise(): Promise<void> {}

  async enqueue(tasks: readonly NewTask[]): Promise<readonly EnqueueResult[]> {
    const now = this.#now()
    // Made first, so that one that cannot be made keeps the others out.
    const fresh = tasks.map((one) => keptTask(one, ++this.#turn, now))
    return fresh.map((kept) => this.#takeIn(kept, now))
  }

  async claim({ queue, max, startNow = max, suspects, leaseMs }: ClaimOptions): Promise<readonly Claim[]> {
    const now = this.#now()
    const source = this.#queues.get(queue)
    const claims: Claim[] = []
    if (source === undefined || source.isPaused(now)) return claims
    source.waiting.advance(now)
    for (let kept; claims.length < max && (kept = source.waiting.first(suspects)) !== undefined;) {
      source.waiting.take(kept)
      kept.attempt++
      kept.isAhead = claims.length >= startNow
      source.running++
      claims.push(this.#held.hold(kept, leaseMs, now))
    }
    return claims
  }

  async begin(claims: readonly Claim[]): Promise<void> {
    for (const claim of claims) {
      const kept = this.#held.find(claim)
      if (kept !== undefined) kept.isAhead = false
    }
  }

  async renew(claims: readonly Claim[], leaseMs: number): Promise<readonly Claim[]> {
    const now = this.#now()
    return claims.filter((claim) => {
      const kept = this.#held.find(claim)
      if (kept === undefined) return true
      this.#held.extend(kept, leaseMs, now)
      return false
    })
  }

  async settle(claim: Claim, end: TaskEnd): Promise<Settled> {
    const kept = this.#held.find(claim)
    if (kept === undefined) return 'lost'
    this.#letGo(kept)
    this.#end(kept, end)
    return 'ok'
  }

  async release(claim: Claim, { runAt, refund, crashed }: Release): Promise<Settled> {
    const kept = this.#held.find(claim)
    if (kept === undefined) return 'lost'
    this.#letGo(kept)
    if (refund === true) kept.attempt--
    if (crashed === true) kept.crashes++
    this.#putBack(kept, this.#now(), runAt)
    return 'ok'
  }

  async cancel(id: number, end: TaskEnd): Promise<CancelResult> {
    const kept = this.#tasks.get(id)
    if (kept?.state === 'running') return { state: 'running' }
    if (kept?.state !== 'waiting') return { state: 'unknown' }
    const { task } = kept
    this.#queue(task.queue).waiting.take(kept)
    this.#end(kept, end)
    return { state: 'ended', task }
  }

  async forget(ids: readonly number[]): Promise<void> {
    for (const id of ids) {
      const kept = this.#tasks.get(id)
      if (kept?.state !== 'ended') continue
      const queue = this.#queue(kept.task.queue)
      this.#ended.delete(kept)
      queue.undelivered--
      if (kept.end?.state === 'failed') this.#bury(kept, queue)
      else this.#tasks.delete(id)
    }
  }

  async undelivered(after: number, limit: number): Promise<readonly EndedTask[]> {
    const page = [...this.#ended]
      .filter(({ task }) => task.id > after)
      .sort((one, other) => one.task.id - other.task.id)
    return page.slice(0, limit).flatMap(({ task: { id, sender, client }, end }) => {
      return end === undefined ? [] : [{ id, sender, client, end }]
    })
  }

  async reapExpired(): Promise<readonly Claim[]> {
    const now = this.#now()
    const claims: Claim[] = []
    for (const kept of this.#held.expired(now)) {
      if (kept.isAhead) {
        this.#letGo(kept)
        this.#putBack(kept, now)
        continue
      }
      kept.crashes++
      kept.isSuspect = true
      claims.push(this.#held.hold(kept, kept.leaseMs, now))
    }
    return claims
  }

  async counts(queue?: string): Promise<QueueCounts> {
    const now = this.#now()
    if (queue !== undefined) return this.#queues.get(queue)?.counts(now) ?? NO_COUNTS
    return [...this.#queues.values()].map((one) => one.counts(now)).reduce(addCounts, NO_COUNTS)
  }

  async queues(): Promise<readonly QueueState[]> {
    const now = this.#now()
    return [...this.#queues].map(([name, queue]) => queue.state(name, now))
  }

  async pause(queue: string, until = Infinity): Promise<void> {
    this.#queue(queue).pausedUntil = until
    this.#alarm.set(until)
  }

  async resume(queue: string): Promise<void> {
    this.#queue(queue).pausedUntil = 0
    this.#alarm.set(this.#now())
  }

  async peek(queue: string, { state, limit, after = 0 }: PeekOptions): Promise<readonly TaskEnvelope[]> {
    this.#queues.get(queue)?.waiting.advance(this.#now())
    return [...this.#tasks.values()]
      .filter((kept) => kept.task.queue === queue && kept.task.id > after && stateOf(kept) === state)
      .sort((one, other) => one.task.id - other.task.id)
      .slice(0, limit)
      .map(({ task }) => task)
  }

  async redrive(queue: string, ids?: readonly number[]): Promise<number> {
    const now = this.#now()
    const wanted = ids === undefined ? undefined : new Set(ids)
    const dead = [...this.#dead]
      .filter(({ task }) => task.queue === queue && (wanted?.has(task.id) ?? true))
      .sort((one, other) => one.turn - other.turn)
    const revived = dead.filter((kept) => this.#revive(kept, now))
    if (revived.length > 0) this.#alarm.set(now)
    return revived.length
  }

  onAvailable(wake: () => void): void {
    this.#wakes.push(wake)
  }

  /** The clock that `now` reads has been set: what is due by it may be claimed at once. */
  clockWasSet(): void {
    this.#wake()
  }

  async close(): Promise<void> {
    this.#alarm.stop()
  }

  #takeIn(kept: KeptTask, now: number): EnqueueResult {
    const { id, key } = kept.task
    if (this.#tasks.has(id)) return { id, status: 'known' }
    const of = key === undefined ? undefined : this.#keys.holderOf(key, now)
    if (of !== undefined) return { id, status: 'duplicate', of }
    this.#tasks.set(id, kept)
    this.#keys.hold(kept.task)
    this.#lineUp(kept, now)
    return { id, status: 'enqueued' }
  }

  #lineUp(kept: KeptTask, now: number): void {
    this.#queue(kept.task.queue).waiting.add(kept, now)
    if (kept.dueAt > now) this.#alarm.set(kept.dueAt)
  }

  /** Without `runAt` its time had come; a clock that was set back since does not delay it again. */
  #putBack(kept: KeptTask, now: number, runAt?: number): void {
    kept.dueAt = runAt ?? Math.min(kept.dueAt, now)
    this.#lineUp(kept, now)
  }

  #letGo(kept: KeptTask): void {
    this.#held.letGo(kept)
    this.#queue(kept.task.queue).running--
  }

  #end(kept: KeptTask, end: TaskEnd): void {
    kept.state = 'ended'
    kept.end = end
    this.#keys.release(kept.task, this.#now())
    if (end.state !== 'failed') dropData(kept)
    this.#ended.add(kept)
    this.#queue(kept.task.queue).undelivered++
  }

  #bury(kept: KeptTask, queue: MemoryQueue): void {
    kept.state = 'dead'
    delete kept.end
    this.#dead.add(kept)
    queue.dead++
    const [oldest] = this.#dead
    if (this.#dead.size > this.#keepDead && oldest !== undefined) {
      this.#unearth(oldest)
      this.#tasks.delete(oldest.task.id)
    }
  }

  #unearth(kept: KeptTask): void {
    this.#dead.delete(kept)
    this.#queue(kept.task.queue).dead--
  }

  /** Refused while another task holds the key of this one: it would be a duplicate. */
  #revive(kept: KeptTask, now: number): boolean {
    const { key, id } = kept.task
    const holder = key === undefined ? undefined : this.#keys.holderOf(key, now)
    if (holder !== undefined && holder !== id) return false
    this.#unearth(kept)
    this.#keys.hold(kept.task)
    this.#lineUp(
      Object.assign(kept, { attempt: 0, crashes: 0, isSuspect: false, turn: ++this.#turn, dueAt: now }),
      now,
    )
    return true
  }

  #wake(): void {
    const now = this.#now()
    for (const queue of this.#queues.values()) {
      queue.waiting.advance(now)
      this.#alarm.set(queue.waiting.nextDue)
      if (queue.isPaused(now)) this.#alarm.set(queue.pausedUntil)
    }
    for (const wake of this.#wakes) wake()
  }

  #queue(name: string): MemoryQueue {
    const known = this.#queues.get(name)
    if (known !== undefined) return known
    const queue = new MemoryQueue()
    this.#queues.set(name, queue)
    return queue
  }
}
