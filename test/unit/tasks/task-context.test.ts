/** What a task knows of where and for whom it runs. */
import assert from 'node:assert/strict'
import { AsyncLocalStorage } from 'node:async_hooks'
import { describe, it } from 'node:test'
import { EventDispatcher, type Listener } from '../../../src/events/dispatcher.ts'
import { TaskEvent } from '../../../src/events/task-events.ts'
import { runningHere } from '../../../src/tasks/sender/run-here.ts'
import { runTask, type TaskRunnerOptions } from '../../../src/tasks/task-worker/task-runner.ts'
import type { ThreadAnswer, ThreadTask } from '../../../src/wire/thread-messages.ts'
import { decodePayload, encodePayload } from '../../../src/wire/payload.ts'
import { NO_TAGS } from '../../../src/wire/tags.ts'
import { fakeServer } from '../events/fake-server.ts'

const { signal } = new AbortController()
const silent = { signal, onProgress: (): void => {} }

function taskOf(data: unknown, owner?: string): ThreadTask {
  const bytes = encodePayload(data, NO_TAGS)
  return { do: 'task', id: 7, workerId: 0, attempt: 1, data: bytes, ...(owner !== undefined && { owner }) }
}

function options(...listeners: Listener<TaskEvent>[]): TaskRunnerOptions {
  const dispatcher = new EventDispatcher()
  for (const listener of listeners) dispatcher.on(TaskEvent, listener)
  const { server } = fakeServer()
  return { dispatcher, tags: NO_TAGS, server, hasOwnListeners: true, unhandled: 'fail', ...silent }
}

function valueOf(answer: ThreadAnswer): unknown {
  assert.ok(answer.ok && answer.result !== undefined)
  return decodePayload(answer.result, NO_TAGS)
}

describe('a task', () => {
  it('T14: knows whether it runs in a worker, or where it was sent because its queue is a sync one', async () => {
    const runs = options(({ isWorker }) => ({ isWorker }))
    assert.deepEqual(valueOf(await runTask(taskOf(1), signal, runs)), { isWorker: true })
    assert.deepEqual(valueOf(await runningHere(runs)(taskOf(1), silent)), { isWorker: false })
  })

  it('T36: knows its owner, and a listener can set up a context for them in which it runs', async () => {
    const users = new AsyncLocalStorage<string | undefined>()
    const runs = options(
      ({ owner }) => users.enterWith(owner),
      async ({ data }) => {
        const before = users.getStore()
        await new Promise((resolve) => setTimeout(resolve, Number(data)))
        return [before, users.getStore()]
      },
    )
    const answers = await Promise.all([
      runTask(taskOf(20, 'ada'), signal, runs),
      runTask(taskOf(1, 'bob'), signal, runs),
      runTask(taskOf(10), signal, runs),
    ])
    assert.deepEqual(answers.map(valueOf), [
      ['ada', 'ada'],
      ['bob', 'bob'],
      [undefined, undefined],
    ])
  })
})
