/** What becomes of a task after an attempt: pure rules. */
import { TsrvError } from '../../errors.ts'
import type { WireError } from '../../wire/error-report.ts'
import type { Backoff, OnCrash } from '../../wire/messages.ts'
import { decodePayload, encodePayload } from '../../wire/payload.ts'
import { NO_TAGS } from '../../wire/tags.ts'
import type { AttemptResult } from './attempt.ts'
import type { Claim, Release } from '../broker.ts'
import type { TaskEnd, TaskEnvelope } from '../task.ts'
import { packError } from '../task-error.ts'
import type { StatusReason } from '../task-log/statuses.ts'

/** What the config decides where the call did not. */
export interface TaskRules {
  readonly attempts: number
  readonly backoff: Backoff
  /** Milliseconds; undefined is no limit. */
  readonly timeout: number | undefined
  readonly maxCrashes: number
  readonly onCrash: OnCrash
}

export type Verdict =
  | { readonly do: 'end'; readonly end: TaskEnd; readonly reason?: StatusReason; readonly error?: string }
  | {
      readonly do: 'retry'
      readonly release: Release
      readonly reason: StatusReason
      readonly error: string
    }
  /** It asked to run again later, which is no attempt. */
  | { readonly do: 'again'; readonly release: Release & { readonly runAt: number } }
  /** It was not to blame and its attempt does not count. */
  | { readonly do: 'return'; readonly release: Release }

export interface Circumstances {
  readonly rules: TaskRules
  /** Milliseconds since 1970. */
  readonly now: number
  /** 0 to 1, for the jitter of pauses. */
  readonly random: number
}

export function judge(claim: Claim, result: AttemptResult, circumstances: Circumstances): Verdict {
  const { ending, stoppedBy } = result
  if (ending.kind === 'death') return judgeDeath(claim, result, circumstances)
  const { answer } = ending
  if (answer.ok && answer.again !== undefined) {
    if (stoppedBy === 'cancel') return cancelled(claim, result)
    return { do: 'again', release: { runAt: circumstances.now + answer.again, refund: true } }
  }
  if (answer.ok) return { do: 'end', end: endOf(claim, 'completed', answer.result ?? UNDEFINED, result) }
  if (stoppedBy === 'cancel') return cancelled(claim, result)
  const reason = stoppedBy === 'timeout' ? 'timed_out' : undefined
  return failedAttempt(claim, { result, error: answer.error, reason, ...circumstances })
}

/** The task server died under it: only its claim is left to tell. */
export function judgeAbandoned(claim: Claim, { rules }: Pick<Circumstances, 'rules'>): Verdict {
  const result = { duration: 0 }
  return (
    givenUp(claim, { result, rules, crashes: claim.crashes, reason: 'the task server died' }) ?? {
      do: 'retry',
      release: {},
      reason: 'crashed',
      error: 'the task server died',
    }
  )
}

/** The end of a task that was cancelled while it waited. */
export function cancelledEnd(id: number): TaskEnd {
  return endBeforeStart('cancelled', new TsrvError('TASK_CANCELLED', { id }))
}

/** It is claimed, and will not run. */
export function cancelledVerdict(claim: Claim): Verdict {
  const { workerId } = claim.task
  const end = cancelledEnd(claim.task.id)
  return { do: 'end', end: { ...end, meta: { ...end.meta, attempt: claim.attempt, workerId } } }
}

/** A task is cut at the deadline of a stop: undefined when it may simply run again. */
export function givenBackAtStop(claim: Claim, rules: TaskRules): Verdict | undefined {
  if (onCrashOf(claim.task, rules) === 'retry') return undefined
  const { id } = claim.task
  const error = new TsrvError('TASK_CRASHED', {
    id,
    crashes: claim.crashes + 1,
    reason: 'the server stopped',
  })
  const end = endOf(claim, 'failed', packError(error, NO_TAGS), { duration: 0 })
  return { do: 'end', end, reason: 'crashed', error: describe(end.result) }
}

/** The end of a task that the broker will never take. */
export function refusedEnd(error: unknown): TaskEnd {
  return endBeforeStart('failed', error)
}

function endBeforeStart(state: 'cancelled' | 'failed', error: unknown): TaskEnd {
  const meta = { failed: true, attempt: 0, duration: 0, redelivered: false, workerId: 0 }
  return { state, meta, result: packError(error, NO_TAGS) }
}

/** Milliseconds until the attempt after `attempt`. */
export function pauseAfter(attempt: number, { kind, delay, longest }: Backoff, random: number): number {
  if (kind === 'fixed') return delay
  // Half of it is left to chance: tasks that failed together must not come back together.
  const full = Math.min(longest, delay * 2 ** Math.min(attempt - 1, 40))
  return Math.round(full * (0.5 + random / 2))
}

function judgeDeath(claim: Claim, result: AttemptResult, circumstances: Circumstances): Verdict {
  const { ending, stoppedBy, wasAlone } = result
  if (ending.kind !== 'death') throw new Error('this attempt has an answer')
  const { kind, message } = ending.death
  const { id } = claim.task
  const { rules } = circumstances
  if (stoppedBy === 'cancel') return cancelled(claim, result)
  if (stoppedBy === 'timeout') {
    const timeout = claim.task.policy.timeout ?? rules.timeout ?? 0
    const error = packError(new TsrvError('TASK_TIMED_OUT', { id, timeout, attempt: claim.attempt }), NO_TAGS)
    return failedAttempt(claim, { result, error, reason: 'timed_out', ...circumstances })
  }
  // Its thread was ended because of another task.
  if (kind === 'killed' && onCrashOf(claim.task, rules) === 'retry')
    return { do: 'return', release: { refund: true } }
  if (kind === 'out-of-memory' && wasAlone) {
    const error = packError(new TsrvError('TASK_OUT_OF_MEMORY', { id, reason: message }), NO_TAGS)
    return failedAttempt(claim, { result, error, ...circumstances })
  }
  const crashes = claim.crashes + 1
  return (
    givenUp(claim, { result, rules, crashes, reason: message }) ?? {
      do: 'retry',
      release: { crashed: true },
      reason: 'crashed',
      error: message,
    }
  )
}

interface Crash {
  readonly result: Pick<AttemptResult, 'duration'>
  readonly rules: TaskRules
  readonly crashes: number
  readonly reason: string
}

/** Undefined when a crash has not used up the task's chances. */
function givenUp(claim: Claim, { result, rules, crashes, reason }: Crash): Verdict | undefined {
  const { id } = claim.task
  const isOver = onCrashOf(claim.task, rules) === 'fail' || crashes >= rules.maxCrashes
  if (!isOver) return undefined
  return failed(claim, {
    result,
    error: packError(new TsrvError('TASK_CRASHED', { id, crashes, reason }), NO_TAGS),
    reason: 'crashed',
  })
}

interface Failure {
  readonly result: Pick<AttemptResult, 'duration'>
  /** The packed WireError. */
  readonly error: Uint8Array
  readonly reason?: StatusReason | undefined
}

function failedAttempt(claim: Claim, failure: Failure & Circumstances): Verdict {
  const { error, reason = 'retry_scheduled', rules, now, random } = failure
  const { policy } = claim.task
  // Attempts that a crash cut short are counted against maxCrashes, not here.
  if (claim.attempt - claim.crashes >= attemptsOf(claim.task, rules)) return failed(claim, failure)
  const runAt = now + pauseAfter(claim.attempt, policy.backoff ?? rules.backoff, random)
  return { do: 'retry', release: { runAt }, reason, error: describe(error) }
}

function failed(claim: Claim, { result, error, reason }: Failure): Verdict {
  const end = endOf(claim, 'failed', error, result)
  return { do: 'end', end, error: describe(error), ...(reason !== undefined && { reason }) }
}

function cancelled(claim: Claim, result: AttemptResult): Verdict {
  const error = packError(new TsrvError('TASK_CANCELLED', { id: claim.task.id }), NO_TAGS)
  return { do: 'end', end: endOf(claim, 'cancelled', error, result) }
}

function endOf(
  { task, attempt }: Claim,
  state: TaskEnd['state'],
  packed: Uint8Array,
  { duration }: Pick<AttemptResult, 'duration'>,
): TaskEnd {
  const { workerId } = task
  const meta = { failed: state !== 'completed', attempt, duration, redelivered: false, workerId }
  return { state, meta, result: packed }
}

function attemptsOf({ policy }: TaskEnvelope, rules: TaskRules): number {
  return policy.attempts ?? rules.attempts
}

function onCrashOf({ policy }: TaskEnvelope, rules: TaskRules): OnCrash {
  return policy.onCrash ?? rules.onCrash
}

/** `name: message` of a packed error. */
export function describe(packed: Uint8Array): string {
  const { name, message } = decodePayload(packed, NO_TAGS) as WireError
  return `${name}: ${message}`
}

const UNDEFINED = encodePayload(undefined, NO_TAGS)
