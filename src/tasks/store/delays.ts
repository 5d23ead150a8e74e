/** Delayed tasks, and when the next one of them is due. */
import type { QueueBook } from './queue-book.ts'
import type { QueueStatements } from './queue-sql.ts'

/** Delayed tasks that are put in line at a time: a million of them due at once must not stop the store. */
const SLICE = 1000

export class Delays {
  readonly #sql: QueueStatements
  readonly #book: QueueBook
  /** None is due before this. */
  #nextDue = 0

  constructor(sql: QueueStatements, book: QueueBook) {
    this.#sql = sql
    this.#book = book
    this.reload()
  }

  /** Milliseconds since 1970 at which a task becomes claimable or a pause is over, undefined when none will. */
  nextWake(now: number): number | undefined {
    const ends = [...this.#book.queues].map(({ pausedUntil }) => pausedUntil).filter((until) => until > now)
    const next = Math.min(this.#nextDue, ...ends)
    return next < Number.MAX_SAFE_INTEGER ? next : undefined
  }

  /** A task is due then. */
  expect(dueAt: number): void {
    this.#nextDue = Math.min(this.#nextDue, dueAt)
  }

  /** Puts those in line that are due. */
  advance(now: number): void {
    if (this.#nextDue > now) return
    const due = this.#sql.due.all(now, SLICE) as unknown as [queue: number, suspect: number][]
    for (const [no, suspect] of due) {
      const line = this.#book.numbered(no)
      line.delayed--
      line.ready++
      line.suspects += suspect
    }
    this.reload()
  }

  reload(): void {
    const [next] = this.#sql.nextDue.get() as unknown as [number | null]
    this.#nextDue = next ?? Infinity
  }
}
