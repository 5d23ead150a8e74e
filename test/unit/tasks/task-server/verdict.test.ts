/** What becomes of a task after an attempt. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import type { AttemptResult, Ending } from '../../../../src/tasks/task-server/attempt.ts'
import type { Claim } from '../../../../src/tasks/broker.ts'
import { LaneDeath, type LaneDeathKind } from '../../../../src/tasks/lanes/lane.ts'
import { unpackError, packError } from '../../../../src/tasks/task-error.ts'
import type { TaskEnvelope, TaskPolicy } from '../../../../src/tasks/task.ts'
import {
  judge,
  judgeAbandoned,
  pauseAfter,
  type TaskRules,
  type Verdict,
} from '../../../../src/tasks/task-server/verdict.ts'
import { encodePayload } from '../../../../src/wire/payload.ts'
import { NO_TAGS } from '../../../../src/wire/tags.ts'

const RULES: TaskRules = {
  attempts: 1,
  backoff: { kind: 'fixed', delay: 100, longest: 100 },
  timeout: undefined,
  maxCrashes: 3,
  onCrash: 'retry',
}

function claimOf(attempt: number, crashes = 0, policy: TaskPolicy = {}): Claim {
  const task: TaskEnvelope = {
    id: 7,
    queue: 'default',
    data: new Uint8Array(),
    name: 'object',
    priority: 0,
    createdAt: 0,
    runAt: 0,
    workerId: 1,
    sender: 'http:1',
    client: 'c',
    watched: false,
    policy,
  }
  return { task, attempt, crashes, isSuspect: false, fence: attempt }
}

const threw: Ending = {
  kind: 'answer',
  answer: { ok: false, error: packError(new RangeError('too far'), NO_TAGS), duration: 2 },
}
const returned: Ending = {
  kind: 'answer',
  answer: { ok: true, result: encodePayload(5, NO_TAGS), duration: 2 },
}
const died = (kind: LaneDeathKind): Ending => ({ kind: 'death', death: new LaneDeath(kind, `it ${kind}`) })

function verdictOn(
  claim: Claim,
  ending: Ending,
  { rules, ...result }: Partial<AttemptResult> & { rules?: Partial<TaskRules> } = {},
): Verdict {
  return judge(
    claim,
    { ending, stoppedBy: undefined, wasAlone: true, duration: 3, ...result },
    { rules: { ...RULES, ...rules }, now: 1000, random: 0 },
  )
}

/** `state code` of an end, `retry reason`, `again` or `return`. */
function told(verdict: Verdict): string {
  if (verdict.do === 'return' || verdict.do === 'again') return verdict.do
  if (verdict.do === 'retry') return `retry ${verdict.reason}`
  const { state, meta, result } = verdict.end
  if (!meta.failed) return state
  const { code, name } = unpackError(result, NO_TAGS) as Error & { code?: string }
  return `${state} ${code ?? name}`
}

describe('judge', () => {
  it('ends a task that returned', () => assert.equal(told(verdictOn(claimOf(1), returned)), 'completed'))

  it('T21: puts a task that asked for it back in line until then, without counting the attempt', () => {
    const ending: Ending = { kind: 'answer', answer: { ok: true, again: 50, duration: 2 } }
    const expected = { do: 'again', release: { runAt: 1050, refund: true } }
    assert.deepEqual(verdictOn(claimOf(1), ending), expected)
    assert.deepEqual(verdictOn(claimOf(1), ending, { stoppedBy: 'timeout' }), expected)
    assert.equal(
      told(verdictOn(claimOf(1), ending, { stoppedBy: 'cancel' })),
      'cancelled TSRV_TASK_CANCELLED',
    )
  })

  it('ends a task that threw in its only attempt with that error', () =>
    assert.equal(told(verdictOn(claimOf(1), threw)), 'failed RangeError'))

  it('tries a task that threw again, after the pause, while it has attempts', () => {
    const verdict = verdictOn(claimOf(1), threw, { rules: { attempts: 2 } })
    assert.deepEqual(verdict, {
      do: 'retry',
      release: { runAt: 1100 },
      reason: 'retry_scheduled',
      error: 'RangeError: too far',
    })
    assert.equal(told(verdictOn(claimOf(2), threw, { rules: { attempts: 2 } })), 'failed RangeError')
  })

  it('lets the call decide over the config', () => {
    const policy: TaskPolicy = { attempts: 3, backoff: { kind: 'fixed', delay: 5, longest: 5 } }
    const verdict = verdictOn(claimOf(2, 0, policy), threw)
    assert.deepEqual(verdict.do === 'retry' && verdict.release, { runAt: 1005 })
    assert.equal(
      told(verdictOn(claimOf(1, 0, { attempts: 1 }), threw, { rules: { attempts: 9 } })),
      'failed RangeError',
    )
  })

  it('does not count attempts that a crash cut short against the attempts', () =>
    assert.equal(told(verdictOn(claimOf(2, 1), threw, { rules: { attempts: 2 } })), 'retry retry_scheduled'))

  it('tries a task whose thread died again, up to the allowed number of crashes', () => {
    assert.equal(told(verdictOn(claimOf(1), died('crashed'))), 'retry crashed')
    assert.equal(told(verdictOn(claimOf(2, 1), died('exited'))), 'retry crashed')
    assert.equal(told(verdictOn(claimOf(3, 2), died('crashed'))), 'failed TSRV_TASK_CRASHED')
    assert.equal(
      told(verdictOn(claimOf(1), died('crashed'), { rules: { maxCrashes: 1 } })),
      'failed TSRV_TASK_CRASHED',
    )
  })

  it('ends a task at its first crash when a second run would hurt', () => {
    assert.equal(
      told(verdictOn(claimOf(1, 0, { onCrash: 'fail' }), died('crashed'))),
      'failed TSRV_TASK_CRASHED',
    )
    assert.equal(
      told(verdictOn(claimOf(1), died('crashed'), { rules: { onCrash: 'fail' } })),
      'failed TSRV_TASK_CRASHED',
    )
    assert.equal(
      told(verdictOn(claimOf(1, 0, { onCrash: 'retry' }), died('crashed'), { rules: { onCrash: 'fail' } })),
      'retry crashed',
    )
  })

  it('gives back a task whose thread was ended because of another one', () => {
    assert.deepEqual(verdictOn(claimOf(1), died('killed')), { do: 'return', release: { refund: true } })
  })

  it('ends a task that used up the memory, and suspects all that ran beside each other', () => {
    assert.equal(told(verdictOn(claimOf(1), died('out-of-memory'))), 'failed TSRV_TASK_OUT_OF_MEMORY')
    assert.equal(told(verdictOn(claimOf(1), died('out-of-memory'), { wasAlone: false })), 'retry crashed')
  })

  it('ends a task that ran over its time, whether it heard of that or not', () => {
    for (const ending of [threw, died('killed')]) {
      const verdict = verdictOn(claimOf(1), ending, { stoppedBy: 'timeout', rules: { timeout: 50 } })
      assert.equal(verdict.do === 'end' && verdict.reason, 'timed_out')
    }
    assert.equal(
      told(verdictOn(claimOf(1), died('killed'), { stoppedBy: 'timeout' })),
      'failed TSRV_TASK_TIMED_OUT',
    )
    assert.equal(
      told(verdictOn(claimOf(1), died('killed'), { stoppedBy: 'timeout', rules: { attempts: 2 } })),
      'retry timed_out',
    )
  })

  it('ends a cancelled task as cancelled, whatever its thread or code made of it', () => {
    for (const ending of [threw, died('killed'), died('crashed')]) {
      const verdict = verdictOn(claimOf(1), ending, { stoppedBy: 'cancel', rules: { attempts: 9 } })
      assert.equal(told(verdict), 'cancelled TSRV_TASK_CANCELLED')
    }
  })

  it('lets a result stand that came before the cancellation was heard', () =>
    assert.equal(told(verdictOn(claimOf(1), returned, { stoppedBy: 'cancel' })), 'completed'))
})

describe('judgeAbandoned', () => {
  it('tries a task again under which the task server died, as often as allowed', () => {
    assert.equal(told(judgeAbandoned(claimOf(1, 1), { rules: RULES })), 'retry crashed')
    assert.equal(told(judgeAbandoned(claimOf(3, 3), { rules: RULES })), 'failed TSRV_TASK_CRASHED')
    assert.equal(
      told(judgeAbandoned(claimOf(1, 1, { onCrash: 'fail' }), { rules: RULES })),
      'failed TSRV_TASK_CRASHED',
    )
  })
})

describe('pauseAfter', () => {
  it('doubles up to the longest, and leaves half of it to chance', () => {
    const backoff = { kind: 'exponential', delay: 100, longest: 1000 } as const
    assert.deepEqual(
      [1, 2, 3, 4, 5, 100].map((attempt) => pauseAfter(attempt, backoff, 1)),
      [100, 200, 400, 800, 1000, 1000],
    )
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (attempt, random) => {
          const pause = pauseAfter(attempt, backoff, random)
          assert.ok(pause >= 50 && pause <= 1000)
        },
      ),
    )
  })

  it('is always the same when it is fixed', () =>
    assert.equal(pauseAfter(9, { kind: 'fixed', delay: 70, longest: 1 }, 0.5), 70))
})
