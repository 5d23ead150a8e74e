/**
 * What is kept in memory of the queue tables: numbers given out and the counts of each queue. Written at the end of a
 * transaction if it changed them, read again after one that was rolled back.
 */
import type { QueueStatements } from './queue-sql.ts'

/** One queue; the counts are those of `QueueCounts`. */
export interface QueueLine {
  readonly no: number
  readonly name: string
  /** Milliseconds since 1970. */
  pausedUntil: number
  ready: number
  suspects: number
  delayed: number
  running: number
  undelivered: number
  dead: number
  bytes: number
}

type QueueRow = [
  no: number,
  name: string,
  pausedUntil: number,
  ready: number,
  suspects: number,
  delayed: number,
  running: number,
  undelivered: number,
  dead: number,
  bytes: number,
]

export class QueueBook {
  readonly #sql: QueueStatements
  readonly #byName = new Map<string, QueueLine>()
  readonly #byNo = new Map<number, QueueLine>()
  readonly #changed = new Set<QueueLine>()
  #fence = 0
  #turn = 0
  #saved = ''

  constructor(sql: QueueStatements) {
    this.#sql = sql
    this.reload()
  }

  get queues(): Iterable<QueueLine> {
    return this.#byName.values()
  }

  nextFence(): number {
    return ++this.#fence
  }

  nextTurn(): number {
    return ++this.#turn
  }

  /** The queue of this name, to be changed. */
  open(name: string): QueueLine {
    const known = this.#byName.get(name)
    if (known !== undefined) return this.#change(known)
    const no = this.#byNo.size + 1
    this.#sql.addQueue.run(no, name)
    return this.#change(this.#enter([no, name, 0, 0, 0, 0, 0, 0, 0, 0]))
  }

  /** The same by the number that rows have. */
  numbered(no: number): QueueLine {
    const line = this.#byNo.get(no)
    if (line === undefined) throw new Error(`no queue has the number ${no}`)
    return this.#change(line)
  }

  /** The queue of this name, to be read; undefined when nothing was ever in it. */
  find(name: string): QueueLine | undefined {
    return this.#byName.get(name)
  }

  save(): void {
    for (const line of this.#changed) {
      const { pausedUntil, ready, suspects, delayed, running, undelivered, dead, bytes, no } = line
      this.#sql.saveQueue.run(pausedUntil, ready, suspects, delayed, running, undelivered, dead, bytes, no)
    }
    this.#changed.clear()
    if (this.#counters !== this.#saved) this.#sql.saveCounters.run(this.#fence, this.#turn)
    this.#saved = this.#counters
  }

  reload(): void {
    this.#changed.clear()
    this.#byName.clear()
    this.#byNo.clear()
    for (const row of this.#sql.queues.all() as unknown as QueueRow[]) this.#enter(row)
    const [fence, turn] = this.#sql.counters.get() as unknown as [number, number]
    // Numbers that were given out in a transaction that failed are never given out again.
    this.#fence = Math.max(this.#fence, fence)
    this.#turn = Math.max(this.#turn, turn)
    // Nor need they be written down for that alone: on a full disk a call that only reads must not fail for it.
    this.#saved = this.#counters
  }

  get #counters(): string {
    return `${this.#fence} ${this.#turn}`
  }

  #change(line: QueueLine): QueueLine {
    this.#changed.add(line)
    return line
  }

  #enter(row: QueueRow): QueueLine {
    const [no, name, pausedUntil, ready, suspects, delayed, running, undelivered, dead, bytes] = row
    const line = { no, name, pausedUntil, ready, suspects, delayed, running, undelivered, dead, bytes }
    this.#byName.set(name, line)
    this.#byNo.set(no, line)
    return line
  }
}
