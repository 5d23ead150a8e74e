/** What the rules of the broker contract are played with. */
import assert from 'node:assert/strict'
import type { Broker, Claim, ClaimOptions, NewTask, QueueCounts } from '../../../src/tasks/broker.ts'
import type { TaskEnd, TaskEnvelope } from '../../../src/tasks/task.ts'

export interface BrokerOptions {
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** Makes an empty broker; the suite calls `initialise`. */
export type OpenBroker = (options: BrokerOptions) => Promise<Broker>

/** Ends `former` as a crash would, as far as its store can tell, and opens the same store for a new owner. */
export type ReopenBroker = (former: Broker, options: BrokerOptions) => Promise<Broker>

export interface Stage {
  readonly broker: Broker
  readonly clock: FakeClock
}

export interface DurableStage extends Stage {
  /** Another owner takes over the store; the broker of before must not be used any more. */
  readonly reopen: () => Promise<Broker>
}

export interface Rule<On extends Stage = Stage> {
  readonly rule: string
  /** Rejects when the broker breaks the rule. */
  readonly holds: (stage: On) => Promise<void>
}

export const START = 1_700_000_000_000
export const LEASE = 30_000

export class FakeClock {
  time = START
  readonly now = (): number => this.time

  advance(ms: number): void {
    this.time += ms
  }
}

export function newTask(
  id: number,
  {
    attempt = 0,
    crashes = 0,
    ...fields
  }: Partial<TaskEnvelope> & { attempt?: number; crashes?: number } = {},
): NewTask {
  const task: TaskEnvelope = {
    id,
    queue: 'default',
    data: new Uint8Array([id % 256, 1, 2]),
    name: 'object',
    priority: 0,
    createdAt: START,
    runAt: START,
    workerId: 1,
    sender: 'http:1',
    client: 'client',
    watched: false,
    policy: {},
    ...fields,
  }
  return { task, attempt, crashes }
}

export function add(broker: Broker, ...ids: number[]): Promise<unknown> {
  return broker.enqueue(ids.map((id) => newTask(id)))
}

export function claim(
  broker: Broker,
  max = 1,
  options: Partial<ClaimOptions> = {},
): Promise<readonly Claim[]> {
  return broker.claim({
    queue: 'default',
    max,
    suspects: false,
    leaseMs: LEASE,
    worker: 'lane 1',
    ...options,
  })
}

export async function claimOne(broker: Broker, options: Partial<ClaimOptions> = {}): Promise<Claim> {
  const [claimed] = await claim(broker, 1, options)
  assert.ok(claimed !== undefined, 'nothing was given out')
  return claimed
}

export async function claimedIds(
  broker: Broker,
  max = 100,
  options: Partial<ClaimOptions> = {},
): Promise<number[]> {
  return (await claim(broker, max, options)).map(({ task }) => task.id)
}

export function ended(state: TaskEnd['state'], note = 0): TaskEnd {
  const meta = { failed: state === 'failed', attempt: 1, duration: 2.5, redelivered: false, workerId: 1 }
  return { state, meta, result: new Uint8Array([note, 7]) }
}

export const COMPLETED = ended('completed')
export const FAILED = ended('failed')
export const CANCELLED = ended('cancelled')

/** Runs the next task to this end and has its report received. */
export async function runNext(broker: Broker, end: TaskEnd = COMPLETED): Promise<Claim> {
  const claimed = await claimOne(broker)
  await broker.settle(claimed, end)
  await broker.forget([claimed.task.id])
  return claimed
}

export async function undeliveredIds(broker: Broker, after = 0, limit = 100): Promise<number[]> {
  return (await broker.undelivered(after, limit)).map(({ id }) => id)
}

export const NO_COUNTS: QueueCounts = {
  ready: 0,
  suspects: 0,
  delayed: 0,
  running: 0,
  dead: 0,
  undelivered: 0,
  bytes: 0,
  oldestReady: 0,
}

export async function assertCounts(
  broker: Broker,
  counts: Partial<QueueCounts>,
  queue?: string,
): Promise<void> {
  assert.deepEqual({ ...(await broker.counts(queue)) }, { ...NO_COUNTS, ...counts })
}
