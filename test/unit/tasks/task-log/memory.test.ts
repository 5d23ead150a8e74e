import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { MemoryTaskLog } from '../../../../src/tasks/task-log/memory.ts'
import { taskLogContract } from '../../../contract/task-log.ts'
import { bring, change, create, statusOf } from '../../../contract/task-log/stage.ts'

taskLogContract('memory', async (options) => new MemoryTaskLog(options))

describe('the memory task log', () => {
  it('keeps the newest ended records, and all that have not ended', async () => {
    const log = new MemoryTaskLog({ keep: 2 })
    await create(log, 1)
    await bring(log, 'running', 2)
    await bring(log, 'completed', 3, 4)
    await bring(log, 'failed', 5)
    const statuses = await Promise.all([1, 2, 3, 4, 5].map((id) => statusOf(log, id)))
    assert.deepEqual(statuses, ['enqueued', 'running', undefined, 'completed', 'failed'])
  })

  it('does not count a task as ended that was put back in line', async () => {
    const log = new MemoryTaskLog({ keep: 1 })
    await bring(log, 'failed', 1)
    await log.transition(1, change('enqueued', 0))
    await bring(log, 'failed', 2)
    assert.deepEqual([await statusOf(log, 1), await statusOf(log, 2)], ['enqueued', 'failed'])
  })
})
