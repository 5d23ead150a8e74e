/** A task that sends parts of itself. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { EventDispatcher } from '../../../../src/events/dispatcher.ts'
import { TaskEvent } from '../../../../src/events/task-events.ts'
import type { Server, TaskOptions } from '../../../../src/server.ts'
import { AbstractTask } from '../../../../src/tasks/writing/abstract-task.ts'
import { TaskWatcher } from '../../../../src/tasks/sender/pending.ts'
import { runTask } from '../../../../src/tasks/task-worker/task-runner.ts'
import type { ThreadAnswer, ThreadTask } from '../../../../src/wire/thread-messages.ts'
import { encodePayload } from '../../../../src/wire/payload.ts'
import { NO_TAGS } from '../../../../src/wire/tags.ts'
import { fakeServer } from '../../events/fake-server.ts'

const TASK = { do: 'task', id: 7, workerId: 0, attempt: 1, data: encodePayload(1, NO_TAGS) } as const

interface Played {
  readonly answer: Promise<ThreadAnswer>
  readonly child: TaskWatcher
  readonly options: TaskOptions[]
}

const FIRST = (event: TaskEvent): void => void event.spawn('part', { label: 'first' })

function play(signal: AbortSignal, listener = FIRST, task: ThreadTask = TASK): Played {
  const child = new TaskWatcher()
  const options: TaskOptions[] = []
  const server: Server = {
    ...fakeServer().server,
    submit: (_data, given = {}) => {
      options.push(given)
      return child.handle(8, () => {})
    },
  }
  const dispatcher = new EventDispatcher()
  dispatcher.on(TaskEvent, listener)
  const answer = runTask(task, signal, {
    dispatcher,
    tags: NO_TAGS,
    server,
    hasOwnListeners: true,
    unhandled: 'fail',
    onProgress: () => {},
  })
  return { answer, child, options }
}

describe('event.spawn()', () => {
  it('T20: sends a child of the task, which does not end before the child is stored', async () => {
    const { answer, child, options } = play(new AbortController().signal)
    let hasEnded = false
    void answer.then(() => (hasEnded = true))
    await new Promise((resolve) => setImmediate(resolve))
    assert.deepEqual([hasEnded, options], [false, [{ label: 'first', parent: 7 }]])
    child.accepted()
    assert.equal((await answer).ok, true)
  })

  it('T3: gives a child the owner of its parent, unless it or the call says otherwise', async () => {
    class Part extends AbstractTask {
      run(): void {}
    }
    const send = (event: TaskEvent): void => {
      event.spawn('part')
      event.spawn('part', { owner: 'eve' })
      event.spawn(new Part({}, { owner: 'bob' }))
      event.spawn(new Part({}))
    }
    const played = play(new AbortController().signal, send, { ...TASK, owner: 'ada' })
    played.child.accepted()
    await played.answer
    assert.deepEqual(
      played.options.map(({ owner }) => owner),
      ['ada', 'eve', 'bob', 'ada'],
    )
    const ownerless = play(new AbortController().signal, (event) => void event.spawn('part'))
    ownerless.child.accepted()
    await ownerless.answer
    assert.deepEqual(ownerless.options, [{ parent: 7 }])
  })

  it('T20: does not hold up a task that is cancelled', async () => {
    const abort = new AbortController()
    const { answer } = play(abort.signal)
    abort.abort(new Error('cancelled'))
    assert.equal((await answer).ok, false)
  })
})
