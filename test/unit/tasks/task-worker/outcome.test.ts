/** Generators as tasks: each yield is a report of progress. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { TaskEvent } from '../../../../src/events/task-events.ts'
import type { Progress } from '../../../../src/server.ts'
import { outcomeOf } from '../../../../src/tasks/task-worker/outcome.ts'
import { readProgress } from '../../../../src/tasks/task-worker/read-progress.ts'
import { fakeServer } from '../../events/fake-server.ts'

function eventWith(reports: unknown[], signal = new AbortController().signal): TaskEvent {
  const onProgress = (one: Progress): void => void reports.push(readProgress(one))
  return new TaskEvent({
    server: fakeServer().server,
    taskId: 1,
    workerId: 0,
    data: 1,
    attempt: 1,
    signal,
    onProgress,
  })
}

describe('a generator as a task', () => {
  it('R17: reports its progress by yield and returns its value', async () => {
    const reports: unknown[] = []
    async function* task(): AsyncGenerator<Progress, string> {
      yield { message: 'began' }
      yield { completion: 1, target: 2 }
      return 'done'
    }
    function* sync(): Generator<Progress, number> {
      yield { completion: 3 }
      return 4
    }
    assert.equal(await outcomeOf(task(), eventWith(reports)), 'done')
    assert.equal(await outcomeOf(sync(), eventWith(reports)), 4)
    assert.deepEqual(reports, [{ message: 'began' }, { completion: 1, target: 2 }, { completion: 3 }])
  })

  it('R17: fails with what it throws', async () => {
    async function* task(): AsyncGenerator<Progress> {
      yield {}
      throw new RangeError('far')
    }
    await assert.rejects(outcomeOf(task(), eventWith([])), RangeError)
  })

  it('ends at its next yield when it is cancelled, after its finally blocks', async () => {
    const abort = new AbortController()
    const seen: string[] = []
    async function* task(): AsyncGenerator<Progress> {
      try {
        yield { completion: 1 }
        abort.abort(new Error('cancelled'))
        yield { completion: 2 }
        seen.push('went on')
      } finally {
        seen.push('cleaned up')
      }
    }
    await assert.rejects(outcomeOf(task(), eventWith([], abort.signal)), { message: 'cancelled' })
    assert.deepEqual(seen, ['cleaned up'])
  })

  it('fails when it yields something that is no progress, after its finally blocks', async () => {
    let cleaned = false
    async function* task(): AsyncGenerator<string> {
      try {
        yield 'half'
      } finally {
        cleaned = true
      }
    }
    await assert.rejects(outcomeOf(task(), eventWith([])), { code: 'TSRV_TASK_PROGRESS_INVALID' })
    assert.ok(cleaned)
  })

  it('is not looked for in other values', async () => {
    for (const value of [undefined, 1, [1], new Map([[1, 2]])])
      assert.equal(await outcomeOf(Promise.resolve(value), eventWith([])), value)
  })
})

describe('a report of progress', () => {
  it('S8: has a message, a completion and a target, each optional', () => {
    for (const good of [{}, { message: 'x' }, { message: 'x', completion: 0.5, target: 100 }])
      assert.deepEqual(readProgress(good), good)
    assert.deepEqual(readProgress({ message: undefined, completion: 1 }), { completion: 1 })
  })

  it('is made plain, so that it can travel', () => {
    const odd = { message: { step: 1 }, completion: '3', target: NaN, percent: () => {} }
    assert.deepEqual(readProgress(odd), { message: '{"step":1}', completion: 3 })
  })

  it('is refused where it is made when it is no object', () => {
    for (const bad of [null, 1, 'half', undefined])
      assert.throws(() => readProgress(bad), { code: 'TSRV_TASK_PROGRESS_INVALID' })
  })
})
