/** The broker as a plain list: slow, without promises, and too simple to be wrong. */
import type { Claim, EnqueueResult, NewTask, QueueCounts, Release } from '../../../src/tasks/broker.ts'
import type { TaskEnd } from '../../../src/tasks/task.ts'

interface Row {
  readonly id: number
  readonly priority: number
  readonly bytes: number
  readonly key: string | undefined
  readonly keyUntil: number
  state: 'waiting' | 'running' | 'ended' | 'dead' | 'gone'
  runAt: number
  turn: number
  attempt: number
  crashes: number
  isSuspect: boolean
  isAhead: boolean
  leaseUntil: number
  /** Number of its newest claim. */
  claims: number
  end?: TaskEnd
}

/** What can be compared of a claim: fences may have any numbers. */
export interface ModelClaim {
  readonly id: number
  readonly attempt: number
  readonly crashes: number
  readonly isSuspect: boolean
  readonly claims: number
}

export function seenOf({ task, attempt, crashes, isSuspect }: Claim): Omit<ModelClaim, 'claims'> {
  return { id: task.id, attempt, crashes, isSuspect }
}

export class BrokerModel {
  rows: Row[] = []
  isPaused = false
  #turn = 0
  #claims = 0
  readonly #now: () => number

  constructor(now: () => number) {
    this.#now = now
  }

  enqueue({ task, attempt, crashes }: NewTask): EnqueueResult {
    const { id, priority, key, keyUntil = 0, runAt, data } = task
    if (this.#row(id) !== undefined) return { id, status: 'known' }
    const holder = key === undefined ? undefined : this.#holder(key)
    if (holder !== undefined) return { id, status: 'duplicate', of: holder.id }
    const record = { attempt, crashes, isSuspect: crashes > 0, isAhead: false, leaseUntil: 0, claims: 0 }
    this.rows.push({
      id,
      priority,
      bytes: data.length,
      key,
      keyUntil,
      state: 'waiting',
      runAt,
      turn: ++this.#turn,
      ...record,
    })
    return { id, status: 'enqueued' }
  }

  claim(max: number, startNow: number, suspects: boolean, leaseMs: number): ModelClaim[] {
    if (this.isPaused) return []
    return this.#ready()
      .filter(({ isSuspect }) => isSuspect === suspects)
      .sort((one, other) => other.priority - one.priority || one.turn - other.turn)
      .slice(0, max)
      .map((row, index) => {
        row.state = 'running'
        row.attempt++
        row.isAhead = index >= startNow
        return this.#claimed(row, leaseMs)
      })
  }

  begin(claim: ModelClaim): void {
    const row = this.#held(claim)
    if (row !== undefined) row.isAhead = false
  }

  renew(claim: ModelClaim, leaseMs: number): boolean {
    const row = this.#held(claim)
    if (row !== undefined) row.leaseUntil = this.#now() + leaseMs
    return row !== undefined
  }

  settle(claim: ModelClaim, end: TaskEnd): 'ok' | 'lost' {
    const row = this.#held(claim)
    if (row === undefined) return 'lost'
    row.state = 'ended'
    row.end = end
    return 'ok'
  }

  release(claim: ModelClaim, { runAt, refund, crashed }: Release): 'ok' | 'lost' {
    const row = this.#held(claim)
    if (row === undefined) return 'lost'
    row.state = 'waiting'
    row.runAt = runAt ?? row.runAt
    if (refund === true) row.attempt--
    if (crashed === true) row.crashes++
    return 'ok'
  }

  cancel(id: number, end: TaskEnd): string {
    const row = this.#row(id)
    if (row?.state === 'running') return 'running'
    if (row?.state !== 'waiting') return 'unknown'
    row.state = 'ended'
    row.end = end
    return 'ended'
  }

  forget(id: number): void {
    const row = this.#row(id)
    if (row?.state === 'ended') row.state = row.end?.state === 'failed' ? 'dead' : 'gone'
  }

  undelivered(): number[] {
    return this.rows
      .flatMap(({ id, state }) => (state === 'ended' ? [id] : []))
      .sort((one, other) => one - other)
  }

  reap(leaseMs: number): ModelClaim[] {
    const expired = this.rows.filter(
      ({ state, leaseUntil }) => state === 'running' && leaseUntil <= this.#now(),
    )
    for (const row of expired.filter(({ isAhead }) => isAhead)) row.state = 'waiting'
    const begun = expired.filter(({ isAhead }) => !isAhead)
    return begun.map((row) => {
      row.crashes++
      row.isSuspect = true
      return this.#claimed(row, leaseMs)
    })
  }

  redrive(): number {
    let revived = 0
    for (const row of this.rows.toSorted((one, other) => one.turn - other.turn)) {
      const holder = row.key === undefined ? undefined : this.#holder(row.key)
      if (row.state !== 'dead' || (holder !== undefined && holder !== row)) continue
      const clean = { attempt: 0, crashes: 0, isSuspect: false, runAt: this.#now(), turn: ++this.#turn }
      Object.assign(row, { ...clean, state: 'waiting' })
      revived++
    }
    return revived
  }

  counts(): QueueCounts {
    const count = (state: Row['state']): number => this.rows.filter((row) => row.state === state).length
    const waiting = this.rows.filter(({ state }) => state === 'waiting')
    const ready = this.#ready()
    return {
      ready: ready.length,
      delayed: waiting.length - ready.length,
      suspects: ready.filter(({ isSuspect }) => isSuspect).length,
      running: count('running'),
      dead: count('dead'),
      undelivered: count('ended'),
      bytes: waiting.reduce((sum, { bytes }) => sum + bytes, 0),
      oldestReady: Math.max(0, ...ready.map(({ runAt }) => this.#now() - runAt)),
    }
  }

  #ready(): Row[] {
    return this.rows.filter(({ state, runAt }) => state === 'waiting' && runAt <= this.#now())
  }

  #row(id: number): Row | undefined {
    return this.rows.find((row) => row.id === id && row.state !== 'gone')
  }

  #holder(key: string): Row | undefined {
    const isOpen = ({ state }: Row): boolean => state === 'waiting' || state === 'running'
    const holders = this.rows.filter((row) => row.key === key && (isOpen(row) || row.keyUntil > this.#now()))
    return holders.find(isOpen) ?? holders.at(-1)
  }

  #claimed(row: Row, leaseMs: number): ModelClaim {
    row.leaseUntil = this.#now() + leaseMs
    row.claims = ++this.#claims
    const { id, attempt, crashes, isSuspect } = row
    return { id, attempt, crashes, isSuspect, claims: row.claims }
  }

  #held({ id, claims }: ModelClaim): Row | undefined {
    const row = this.#row(id)
    return row?.state === 'running' && row.claims === claims ? row : undefined
  }
}
