import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type HistoryEvent, judge, type Verdict } from './history.ts'

const PID = 4711
const sent = (id: number): HistoryEvent => ({ kind: 'sent', id, pid: PID })
const answered = (id: number): HistoryEvent => ({ kind: 'answered', id })
const ran = (id: number, attempt = 1): HistoryEvent => ({ kind: 'ran', id, attempt, pid: PID })
const finished = (id: number, how: { error?: string; redelivered?: boolean } = {}): HistoryEvent => ({
  kind: 'finished',
  id,
  redelivered: false,
  pid: PID,
  ...how,
})
const record = (id: number, status: string): HistoryEvent => ({ kind: 'record', id, status })
const good = (id: number): HistoryEvent[] => [sent(id), answered(id), ran(id), finished(id)]

const CLEAN: Verdict = {
  answered: [],
  ran: [],
  completed: [],
  crashed: [],
  failed: [],
  lost: [],
  duplicated: [],
  repeatedAttempt: [],
  ranAfterEnd: [],
  orphaned: [],
  reusedId: [],
  finishedTwice: [],
  finishedAgain: [],
  contradicted: [],
  withoutFinish: [],
  withoutRecord: [],
  redelivered: 0,
}

/** Beside a good task, so that no verdict may take one for the other. */
function verdictOn(...history: HistoryEvent[]): Verdict {
  return judge([...good(1), ...history])
}
const besidesGood = (verdict: Partial<Verdict>): Verdict => ({
  ...CLEAN,
  answered: [1],
  ran: [1],
  completed: [1],
  ...verdict,
})

describe('the judge of histories', () => {
  it('has nothing against an empty history', () => {
    assert.deepEqual(judge([]), CLEAN)
  })

  it('has nothing against a task that was answered, ran and finished', () => {
    assert.deepEqual(verdictOn(), besidesGood({}))
  })

  it('takes a finish event that was written before the answer arrived', () => {
    assert.deepEqual(
      verdictOn(sent(2), ran(2), finished(2), answered(2)),
      besidesGood({ answered: [1, 2], ran: [1, 2], completed: [1, 2] }),
    )
  })

  it('calls lost what was answered and never seen again', () => {
    assert.deepEqual(verdictOn(sent(2), answered(2)), besidesGood({ answered: [1, 2], lost: [2] }))
  })

  it('calls lost what ran but never ended', () => {
    const { lost, ran: runs } = verdictOn(sent(2), answered(2), ran(2))
    assert.deepEqual([lost, runs], [[2], [1, 2]])
  })

  it('calls lost what the log still believes to run or wait', () => {
    for (const status of ['enqueued', 'running']) {
      assert.deepEqual(verdictOn(sent(2), answered(2), ran(2), record(2, status)).lost, [2])
    }
  })

  it('does not miss what nobody was promised', () => {
    assert.deepEqual(verdictOn(sent(2)), besidesGood({}))
    assert.deepEqual(verdictOn(sent(2), ran(2), finished(2)), besidesGood({ ran: [1, 2] }))
  })

  it('tells a task given up after crashes from one that failed otherwise', () => {
    const verdict = verdictOn(
      sent(2),
      answered(2),
      finished(2, { error: 'TSRV_TASK_CRASHED' }),
      sent(3),
      answered(3),
      ran(3),
      finished(3, { error: 'TypeError' }),
    )
    assert.deepEqual(verdict, besidesGood({ answered: [1, 2, 3], ran: [1, 3], crashed: [2], failed: [3] }))
  })

  it('counts a task that ran twice, and whether its attempt was counted', () => {
    const second = verdictOn(sent(2), answered(2), ran(2, 1), ran(2, 2), finished(2))
    assert.deepEqual([second.duplicated, second.repeatedAttempt, second.lost], [[2], [], []])
    const same = verdictOn(sent(2), answered(2), ran(2, 1), ran(2, 1), finished(2))
    assert.deepEqual([same.duplicated, same.repeatedAttempt], [[2], [2]])
  })

  it('sees a run after the end', () => {
    assert.deepEqual(verdictOn(...good(2), ran(2, 2)).ranAfterEnd, [2])
    assert.deepEqual(verdictOn(...good(2), ran(3)).ranAfterEnd, [])
  })

  it('calls orphaned what ran, ended or was recorded without having been sent', () => {
    assert.deepEqual(verdictOn(ran(2), finished(3), record(4, 'completed')).orphaned, [2, 3, 4])
  })

  it('sees an id that was given out twice', () => {
    assert.deepEqual(verdictOn(sent(2), sent(2)).reusedId, [2])
    assert.deepEqual(verdictOn(answered(2), answered(2)).reusedId, [2])
  })

  it('allows a second finish event only if it says so', () => {
    const silent = verdictOn(...good(2), finished(2))
    assert.deepEqual([silent.finishedTwice, silent.redelivered], [[2], 0])
    const marked = verdictOn(...good(2), finished(2, { redelivered: true }))
    assert.deepEqual([marked.finishedTwice, marked.finishedAgain, marked.redelivered], [[], [2], 1])
  })

  it('does not take the order of a marked and an unmarked finish event for an excuse', () => {
    const verdict = verdictOn(sent(2), answered(2), ran(2), finished(2, { redelivered: true }), finished(2))
    assert.deepEqual(verdict.finishedTwice, [2])
  })

  it('sees two ends that disagree', () => {
    const events = verdictOn(...good(2), finished(2, { error: 'TSRV_TASK_CRASHED', redelivered: true }))
    assert.deepEqual(events.contradicted, [2])
    assert.deepEqual(verdictOn(...good(2), record(2, 'failed')).contradicted, [2])
    assert.deepEqual(verdictOn(...good(2), record(2, 'completed')).contradicted, [])
  })

  it('counts an end that nobody was told of', () => {
    const verdict = verdictOn(sent(2), answered(2), ran(2), record(2, 'completed'))
    assert.deepEqual([verdict.withoutFinish, verdict.lost, verdict.completed], [[2], [], [1, 2]])
  })

  it('misses records only when there is a log', () => {
    assert.deepEqual(verdictOn().withoutRecord, [])
    assert.deepEqual(verdictOn(...good(2), record(2, 'running')).withoutRecord, [1, 2])
  })
})
