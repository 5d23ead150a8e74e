/** Stores what becomes of claims: their end, another attempt, or nothing at all. */
import type { Logger } from '../../server.ts'
import type { Broker, Claim, Release, Settled } from '../broker.ts'
import { insist } from './insist.ts'
import type { TaskEnd, TaskEnvelope } from '../task.ts'
import type { LogBook } from './log-book.ts'
import { givenBackAtStop, refusedEnd, type TaskRules, type Verdict } from './verdict.ts'

export interface OutcomesOptions {
  readonly broker: Broker
  readonly book: LogBook
  readonly log: Logger
  readonly rules: () => TaskRules
  /** Ends the patience with a store that is out of order. */
  readonly signal: AbortSignal
  /** The end of a task is stored. */
  readonly onEnd: (task: TaskEnvelope, end: TaskEnd) => void
  /** A task waits again. */
  readonly onReturned: (claim: Claim) => void
}

export class Outcomes {
  readonly #options: OutcomesOptions
  #underWay = 0

  constructor(options: OutcomesOptions) {
    this.#options = options
  }

  /** How many are being stored. */
  get underWay(): number {
    return this.#underWay
  }

  /** Never rejects. */
  async store(claim: Claim, verdict: Verdict): Promise<void> {
    this.#underWay++
    try {
      await this.#carryOut(claim, verdict)
    } catch (error) {
      await this.#refused(claim, error)
    }
    this.#underWay--
  }

  /** Untouched: its attempt does not count. At a stop, a task that may not run twice ends. Never rejects. */
  async giveBack(claim: Claim, hasRun = false): Promise<void> {
    const { rules, onReturned } = this.#options
    const verdict = hasRun ? givenBackAtStop(claim, rules()) : undefined
    if (verdict !== undefined) return this.store(claim, verdict)
    await this.#release(claim, { refund: true }).catch(() => {})
    onReturned(claim)
  }

  async #carryOut(claim: Claim, verdict: Verdict): Promise<void> {
    const { book, log, onEnd, onReturned } = this.#options
    const { id } = claim.task
    switch (verdict.do) {
      case 'end': {
        const settled = this.#settle(claim, verdict.end)
        book.ended(claim, verdict)
        if ((await settled) === 'ok') return onEnd(claim.task, verdict.end)
        return log.warn({ taskId: id }, 'A task was taken over by another task server; its result is dropped')
      }
      case 'retry': {
        const { reason, error, release } = verdict
        const released = this.#release(claim, release)
        book.retried(claim, verdict)
        log.warn({ taskId: id, attempt: claim.attempt, reason, error }, 'A task is tried again')
        await released
        return onReturned(claim)
      }
      case 'again': {
        const released = this.#release(claim, verdict.release)
        book.rescheduled(claim, verdict)
        await released
        return onReturned(claim)
      }
      case 'return':
        await this.#release(claim, verdict.release)
        return onReturned(claim)
      default:
        return verdict satisfies never
    }
  }

  /** Its outcome cannot be stored, as it is too large for example: then that is its end. */
  async #refused(claim: Claim, error: unknown): Promise<void> {
    // At a stop it stays claimed, and the next task server decides.
    if (this.#options.signal.aborted) return
    const trouble = (thrown: unknown): void =>
      this.#options.log.error({ err: thrown, taskId: claim.task.id }, 'The end of a task cannot be stored')
    trouble(error)
    await this.#carryOut(claim, { do: 'end', end: refusedEnd(error) }).catch(trouble)
  }

  #settle(claim: Claim, end: TaskEnd): Promise<Settled> {
    const { broker } = this.#options
    return insist(() => broker.settle(claim, end), this.#insistently('The end of a task cannot be stored'))
  }

  #release(claim: Claim, how: Release): Promise<Settled> {
    const { broker } = this.#options
    return insist(() => broker.release(claim, how), this.#insistently('A task cannot be put back'))
  }

  #insistently(message: string) {
    const onTrouble = (error: unknown): void => this.#options.log.error({ err: error }, message)
    return { signal: this.#options.signal, onTrouble }
  }
}
