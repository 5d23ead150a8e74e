/** The tasks of one queue that wait, in the order in which they are to be claimed, and what can be counted of them. */
import { Heap } from '../../../util/heap.ts'
import type { KeptTask } from './kept-task.ts'

export class WaitingLine {
  readonly #innocent = new Heap<KeptTask>()
  readonly #suspect = new Heap<KeptTask>()
  /** Those in line, the one that has been due for longest first. */
  readonly #due = new Heap<KeptTask>()
  readonly #delayed = new Heap<KeptTask>()
  #bytes = 0

  get ready(): number {
    return this.#due.size
  }

  get delayed(): number {
    return this.#delayed.size
  }

  get suspects(): number {
    return this.#suspect.size
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Milliseconds since 1970 at which the longest waiting ready task became due. */
  get oldestDue(): number | undefined {
    return this.#due.first?.rank
  }

  /** Milliseconds since 1970 at which the next delayed task is due; Infinity without one. */
  get nextDue(): number {
    return this.#delayed.first?.rank ?? Infinity
  }

  add(kept: KeptTask, now: number): void {
    kept.state = 'waiting'
    this.#bytes += kept.task.data.length
    if (kept.dueAt <= now) this.#lineUp(kept)
    else kept.byDue = this.#delayed.push(kept, kept.dueAt, kept.turn)
  }

  take(kept: KeptTask): void {
    const { inLine, byDue } = kept
    if (inLine === undefined) {
      if (byDue !== undefined) this.#delayed.remove(byDue)
    } else {
      this.#lineOf(kept).remove(inLine)
      if (byDue !== undefined) this.#due.remove(byDue)
    }
    delete kept.inLine
    delete kept.byDue
    this.#bytes -= kept.task.data.length
  }

  /** The most urgent one; it stays in line. */
  first(suspects: boolean): KeptTask | undefined {
    return (suspects ? this.#suspect : this.#innocent).first?.item
  }

  /** Lines up the delayed tasks that are due by now. */
  advance(now: number): void {
    while (this.nextDue <= now) {
      const kept = this.#delayed.shift()
      if (kept !== undefined) this.#lineUp(kept)
    }
  }

  #lineUp(kept: KeptTask): void {
    kept.inLine = this.#lineOf(kept).push(kept, -kept.task.priority, kept.turn)
    kept.byDue = this.#due.push(kept, kept.dueAt, kept.turn)
  }

  #lineOf({ isSuspect }: KeptTask): Heap<KeptTask> {
    return isSuspect ? this.#suspect : this.#innocent
  }
}
