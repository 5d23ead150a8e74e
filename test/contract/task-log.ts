/**
 * What every TaskLog must do, wherever it keeps the records. The rules are plain functions that reject, so that
 * `broken-task-logs.test.ts` can show that each of them can fail.
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ANY_QUERY } from './task-log/any-query.ts'
import { CHILDREN } from './task-log/children.ts'
import { LISTS } from './task-log/lists.ts'
import { RECORDS } from './task-log/records.ts'
import {
  bring,
  change,
  FakeClock,
  FENCE,
  known,
  type LogRule,
  type LogStage,
  type OpenTaskLog,
  plain,
  type ReopenTaskLog,
} from './task-log/stage.ts'
import { TIDYING } from './task-log/tidying.ts'

export const LOG_RULES: readonly LogRule[] = [...RECORDS, ...LISTS, ...CHILDREN, ANY_QUERY, ...TIDYING]

/**
 * @param open makes an empty task log on the clock given
 * @param reopen for durable ones: ends one as a crash would, and opens the same store again
 */
export function taskLogContract(name: string, open: OpenTaskLog, reopen?: ReopenTaskLog): void {
  describe(`the ${name} task log`, () => {
    for (const { rule, holds } of LOG_RULES) it(rule, () => onLogStage(open, holds))
    if (reopen !== undefined) {
      it('keeps every record over the end of its owner', () => keepsRecords(open, reopen))
    }
  })
}

/** Plays a rule on a task log with a clock of its own. */
export async function onLogStage(
  open: OpenTaskLog,
  holds: (stage: LogStage) => Promise<void>,
): Promise<void> {
  const clock = new FakeClock()
  const log = await open({ now: clock.now })
  try {
    await log.initialise()
    await holds({ log, clock })
  } finally {
    await log.close()
  }
}

export async function keepsRecords(open: OpenTaskLog, reopen: ReopenTaskLog): Promise<void> {
  const { now } = new FakeClock()
  const former = await open({ now })
  await former.initialise()
  await bring(former, 'running', 1)
  await bring(former, 'failed', 2)
  const records = await Promise.all([1, 2].map(async (id) => plain(await known(former, id))))
  const log = await reopen(former, { now })
  try {
    await log.initialise()
    assert.deepEqual(await Promise.all([1, 2].map(async (id) => plain(await known(log, id)))), records)
    assert.equal(await log.transition(1, change('completed', FENCE - 1)), false)
    assert.equal(await log.transition(1, change('completed', FENCE)), true)
  } finally {
    await log.close()
  }
}
