/**
 * One transaction for everything that was asked while the one before it ran. What is answered has been committed.
 * A call that fails takes nothing with it but itself: then the group is run once more, each call under a savepoint.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { StoreCall, StoreCalls } from './calls.ts'
import { type Fault, faultOf } from './faults.ts'
import type { StoreTimes } from './queue-context.ts'

export interface Asked {
  readonly call: StoreCall
  readonly times: StoreTimes
}

/** What is kept in memory of the tables. */
interface Kept {
  /** Writes it, before the transaction ends. */
  save?(): void
  /** Reads it again, after a rollback. */
  reload(): void
}

export interface GroupOptions {
  readonly db: DatabaseSync
  readonly calls: StoreCalls
  readonly times: StoreTimes
  readonly kept: readonly Kept[]
}

export type GroupAnswer =
  | { readonly results: readonly unknown[]; readonly refused: readonly Refusal[] }
  /** Nothing of the group was done. */
  | { readonly fault: Fault }

/** Index of the call, and why it could not be done. */
export type Refusal = readonly [index: number, reason: string]

export class GroupRunner {
  readonly #options: GroupOptions
  readonly #begin: StatementSync
  readonly #commit: StatementSync
  /** A rollback has made what is kept in memory untrue. */
  #isStale = false

  constructor(options: GroupOptions) {
    this.#options = options
    this.#begin = options.db.prepare('BEGIN IMMEDIATE')
    this.#commit = options.db.prepare('COMMIT')
  }

  run(asked: readonly Asked[]): GroupAnswer {
    try {
      return this.#inTransaction(() => ({ results: asked.map((one) => this.#call(one)), refused: [] }))
    } catch (error) {
      const fault = faultOf(error)
      return fault.kind === 'call' ? this.#runOneByOne(asked) : { fault }
    }
  }

  #runOneByOne(asked: readonly Asked[]): GroupAnswer {
    try {
      return this.#inTransaction(() => {
        const refused: Refusal[] = []
        const results = asked.map((one, index) =>
          this.#callAlone(one, (reason) => refused.push([index, reason])),
        )
        return { results, refused }
      })
    } catch (error) {
      return { fault: faultOf(error) }
    }
  }

  #callAlone(asked: Asked, refuse: (reason: string) => void): unknown {
    const { db } = this.#options
    db.exec('SAVEPOINT call')
    try {
      const result = this.#call(asked)
      this.#save()
      db.exec('RELEASE call')
      return result
    } catch (error) {
      const { kind, reason } = faultOf(error)
      if (kind !== 'call') throw error
      db.exec('ROLLBACK TO call; RELEASE call')
      this.#reload()
      refuse(reason)
      return undefined
    }
  }

  #inTransaction<Result>(work: () => Result): Result {
    const { db } = this.#options
    this.#begin.run()
    try {
      // Not where it became untrue: a disk that failed the writing may fail the reading as well.
      if (this.#isStale) this.#reload()
      const result = work()
      this.#save()
      this.#commit.run()
      return result
    } catch (error) {
      this.#isStale = true
      // A full disk makes SQLite roll back by itself.
      if (db.isTransaction) db.exec('ROLLBACK')
      throw error
    }
  }

  #call({ call: [name, ...args], times: { now, monotonic } }: Asked): unknown {
    const { calls, times } = this.#options
    times.now = now
    times.monotonic = monotonic
    // The tuple has tied the arguments to the name; TypeScript loses that when it is taken apart.
    return (calls[name] as (...args: readonly unknown[]) => unknown)(...args)
  }

  #save(): void {
    for (const kept of this.#options.kept) kept.save?.()
  }

  #reload(): void {
    for (const kept of this.#options.kept) kept.reload()
    this.#isStale = false
  }
}
