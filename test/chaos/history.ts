/**
 * Judges what happened to tasks. The events come from files outside the server, in the order they were written;
 * nothing the server says about itself is taken for proof that a task ran.
 */

export type HistoryEvent =
  /** The app holds the id; its answer may or may not have left. */
  | { readonly kind: 'sent'; readonly id: number; readonly pid: number }
  /** A client got the id in a complete answer with status 200: from here on the task must not be lost. */
  | { readonly kind: 'answered'; readonly id: number }
  /** A task worker began to run it. */
  | { readonly kind: 'ran'; readonly id: number; readonly attempt: number; readonly pid: number }
  /** TaskFinishEvent. */
  | {
      readonly kind: 'finished'
      readonly id: number
      readonly redelivered: boolean
      /** Code or name of the error it failed with. */
      readonly error?: string
      readonly pid: number
    }
  /** What the task log says at the very end. */
  | { readonly kind: 'record'; readonly id: number; readonly status: string }

/** Ids of the tasks that each verdict is about, in the order of the history. */
export interface Verdict {
  readonly answered: readonly number[]
  readonly ran: readonly number[]
  /** Answered, and completed. */
  readonly completed: readonly number[]
  /** Answered, and ended by TSRV_TASK_CRASHED. */
  readonly crashed: readonly number[]
  /** Answered, and ended by any other error. */
  readonly failed: readonly number[]
  /** Answered, and neither completed nor failed: no finish event and no record of an end. */
  readonly lost: readonly number[]
  readonly duplicated: readonly number[]
  /** Ran twice as the same attempt: right after a stop that cut it, wrong when its claim should have been kept. */
  readonly repeatedAttempt: readonly number[]
  /** Ran although its end had been reported. */
  readonly ranAfterEnd: readonly number[]
  /** Ran or ended but was never sent. */
  readonly orphaned: readonly number[]
  /** The same id was given to two tasks. */
  readonly reusedId: readonly number[]
  /** Finish events after the first one that do not say `redelivered`. */
  readonly finishedTwice: readonly number[]
  /** Two ends that disagree: completed and failed, in finish events or in the record. */
  readonly contradicted: readonly number[]
  /** Answered and ended by its record, but nobody was told. */
  readonly withoutFinish: readonly number[]
  /** A finish event, but a record of another status than an end; or none although there are records. */
  readonly withoutRecord: readonly number[]
  /** Its finish listeners ran more than once, marked or not. */
  readonly finishedAgain: readonly number[]
  /** Finish events that say `redelivered`. */
  readonly redelivered: number
}

/** Verdicts that are wrong whatever happened to the server. */
export const FAULTS = [
  'lost',
  'ranAfterEnd',
  'orphaned',
  'reusedId',
  'finishedTwice',
  'contradicted',
  'withoutFinish',
  'withoutRecord',
] as const satisfies readonly (keyof Verdict)[]

const CRASHED = 'TSRV_TASK_CRASHED'
const ENDS: ReadonlySet<string> = new Set(['completed', 'failed', 'cancelled'])

interface Life {
  readonly id: number
  sent: number
  answered: number
  attempts: number[]
  /** Error codes, undefined for success, of its finish events. */
  ends: (string | undefined)[]
  unmarkedFinishes: number
  ranAfterEnd: boolean
  record: string | undefined
}

export function judge(history: Iterable<HistoryEvent>): Verdict {
  const lives = new Map<number, Life>()
  let redelivered = 0
  for (const event of history) {
    note(event, lifeOf(lives, event.id))
    if (event.kind === 'finished' && event.redelivered) redelivered++
  }
  const all = [...lives.values()]
  const ids = (matches: (life: Life) => boolean): number[] => all.filter(matches).map(({ id }) => id)
  const answered = all.filter(isAnswered)
  const answeredIds = (matches: (life: Life) => boolean): number[] =>
    answered.filter(matches).map(({ id }) => id)
  const hasLog = all.some(({ record }) => record !== undefined)
  return {
    answered: answered.map(({ id }) => id),
    ran: ids(({ attempts }) => attempts.length > 0),
    completed: answeredIds(isCompleted),
    crashed: answeredIds(({ ends }) => ends.includes(CRASHED)),
    failed: answeredIds((life) => hasFailed(life) && !life.ends.includes(CRASHED)),
    lost: answeredIds((life) => !isCompleted(life) && !hasFailed(life)),
    duplicated: ids(({ attempts }) => attempts.length > 1),
    repeatedAttempt: ids(({ attempts }) => new Set(attempts).size < attempts.length),
    ranAfterEnd: ids(({ ranAfterEnd }) => ranAfterEnd),
    orphaned: ids((life) => life.sent === 0 && !isAnswered(life) && leftTraces(life)),
    reusedId: ids(({ sent, answered: answers }) => sent > 1 || answers > 1),
    finishedTwice: ids(({ unmarkedFinishes }) => unmarkedFinishes > 1),
    finishedAgain: ids(({ ends }) => ends.length > 1),
    contradicted: ids((life) => isCompleted(life) && hasFailed(life)),
    withoutFinish: answeredIds((life) => life.ends.length === 0 && isEnd(life.record)),
    withoutRecord: hasLog ? ids(({ ends, record }) => ends.length > 0 && !isEnd(record)) : [],
    redelivered,
  }
}

function lifeOf(lives: Map<number, Life>, id: number): Life {
  const known = lives.get(id)
  if (known !== undefined) return known
  const life: Life = {
    id,
    sent: 0,
    answered: 0,
    attempts: [],
    ends: [],
    unmarkedFinishes: 0,
    ranAfterEnd: false,
    record: undefined,
  }
  lives.set(id, life)
  return life
}

function note(event: HistoryEvent, life: Life): void {
  switch (event.kind) {
    case 'sent':
      life.sent++
      return
    case 'answered':
      life.answered++
      return
    case 'ran':
      life.attempts.push(event.attempt)
      if (life.ends.length > 0) life.ranAfterEnd = true
      return
    case 'finished':
      life.ends.push(event.error)
      // The first one may say so too: its receiver died before it had written anything down.
      if (!event.redelivered || life.ends.length === 1) life.unmarkedFinishes++
      return
    case 'record':
      life.record = event.status
      return
    default:
      event satisfies never
  }
}

function isAnswered({ answered }: Life): boolean {
  return answered > 0
}

function isCompleted({ ends, record }: Life): boolean {
  return ends.includes(undefined) || record === 'completed'
}

function hasFailed({ ends, record }: Life): boolean {
  return ends.some((error) => error !== undefined) || record === 'failed' || record === 'cancelled'
}

function leftTraces({ attempts, ends, record }: Life): boolean {
  return attempts.length > 0 || ends.length > 0 || record !== undefined
}

function isEnd(record: string | undefined): boolean {
  return record !== undefined && ENDS.has(record)
}
