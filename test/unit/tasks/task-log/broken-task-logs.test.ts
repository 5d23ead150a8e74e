import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { MemoryTaskLog } from '../../../../src/tasks/task-log/memory.ts'
import type { TaskLog } from '../../../../src/tasks/task-log.ts'
import { tryToBreak } from '../../../contract/breakable.ts'
import { keepsRecords, LOG_RULES, onLogStage } from '../../../contract/task-log.ts'
import { BROKEN_TASK_LOGS } from './broken-task-logs.ts'

describe('the task log contract', () => {
  it('notices every broken task log, and has no rule that none of them breaks', async () => {
    const breakages = await tryToBreak(BROKEN_TASK_LOGS, LOG_RULES, (open, { holds }) =>
      onLogStage(open, holds),
    )
    assert.deepEqual(breakages, { unnoticed: [], unbroken: [] })
  })

  it('notices a task log that does not survive its owner', async () => {
    const open = async (): Promise<TaskLog> => new MemoryTaskLog()
    await assert.rejects(keepsRecords(open, open), { code: 'ERR_ASSERTION' })
  })
})
