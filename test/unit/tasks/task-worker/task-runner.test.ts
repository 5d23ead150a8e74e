/** One task in a task worker, from bytes to bytes. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { unpackError } from '../../../../src/tasks/task-error.ts'
import { EventDispatcher, type Listener } from '../../../../src/events/dispatcher.ts'
import { TaskEvent } from '../../../../src/events/task-events.ts'
import type { Progress } from '../../../../src/server.ts'
import { runTask } from '../../../../src/tasks/task-worker/task-runner.ts'
import type { ThreadAnswer } from '../../../../src/wire/thread-messages.ts'
import { LARGEST_PAYLOAD } from '../../../../src/wire/payload-limit.ts'
import { decodePayload, encodePayload } from '../../../../src/wire/payload.ts'
import { NO_TAGS } from '../../../../src/wire/tags.ts'
import { fakeServer } from '../../events/fake-server.ts'

interface Run {
  readonly data?: unknown
  readonly listeners: readonly Listener<TaskEvent>[]
  readonly hasOwnListeners?: boolean
  readonly unhandled?: 'fail' | 'warn' | 'ignore'
  readonly signal?: AbortSignal
}

async function run({
  data = 'data',
  listeners,
  hasOwnListeners = true,
  unhandled = 'fail',
  signal = new AbortController().signal,
}: Run): Promise<ThreadAnswer & { progress: unknown[]; logged: unknown[][] }> {
  const dispatcher = new EventDispatcher()
  for (const listener of listeners) dispatcher.on(TaskEvent, listener)
  const progress: unknown[] = []
  const { server, logged } = fakeServer()
  const task = { do: 'task', id: 7, workerId: 3, attempt: 2, data: encodePayload(data, NO_TAGS) } as const
  const answer = await runTask(task, signal, {
    dispatcher,
    tags: NO_TAGS,
    server,
    hasOwnListeners,
    unhandled,
    onProgress: (id, one) => progress.push([id, one]),
  })
  return { ...answer, progress, logged }
}

function valueOf(answer: ThreadAnswer): unknown {
  assert.ok(answer.ok)
  return answer.result === undefined ? undefined : decodePayload(answer.result, NO_TAGS)
}

function errorOf(answer: ThreadAnswer): Error & { code?: unknown } {
  assert.ok(!answer.ok)
  return unpackError(answer.error, NO_TAGS)
}

describe('a task', () => {
  it('behaviour 36: reaches its listeners with server, ids, attempt and the data as they were sent', async () => {
    let seen: TaskEvent | undefined
    const data = { deep: [new Date(0), new Map([[1, 'one']])] }
    await run({ data, listeners: [(event) => (seen = event) && undefined] })
    assert.ok(seen !== undefined)
    assert.deepEqual([seen.taskId, seen.workerId, seen.attempt], [7, 3, 2])
    assert.deepEqual(seen.data, data)
    assert.equal(seen.server.role, 'task')
    assert.equal(seen.signal.aborted, false)
  })

  it('returns what the first listener returns that returns something', async () => {
    const answer = await run({ listeners: [() => undefined, async () => 'second', () => 'third'] })
    assert.equal(valueOf(answer), 'second')
  })

  it('runs all its listeners until one ends the chain', async () => {
    const ran: number[] = []
    const listeners = [
      () => void ran.push(1),
      (event: TaskEvent) => {
        ran.push(2)
        event.finish('two')
      },
      () => void ran.push(3),
    ]
    assert.equal(valueOf(await run({ listeners })), 'two')
    assert.deepEqual(ran, [1, 2])
  })

  it('may return nothing', async () => {
    const answer = await run({ listeners: [() => undefined] })
    assert.equal(valueOf(answer), undefined)
    assert.ok(answer.duration >= 0)
  })

  it('fails with what a listener throws, and the others do not run', async () => {
    let ran = false
    const answer = await run({
      listeners: [
        async () => Promise.reject(Object.assign(new TypeError('bad'), { code: 'E_BAD' })),
        () => (ran = true),
      ],
    })
    const { name, message, code } = errorOf(answer)
    assert.deepEqual([name, message, code], ['TypeError', 'bad', 'E_BAD'])
    assert.equal(ran, false)
  })

  it('fails also when something else than an error is thrown', async () => {
    const answer = await run({ listeners: [async () => Promise.reject('text')] })
    assert.equal(errorOf(answer).message, 'text')
  })

  it('fails with the path when its return value cannot travel', async () => {
    const answer = await run({ listeners: [() => ({ a: [() => {}] })] })
    assert.equal(errorOf(answer).code, 'TSRV_TASK_NOT_SERIALISABLE')
    assert.match(errorOf(answer).message, /return value.*\$\.a\[0\]/)
  })

  it('fails when its return value is too large, and says how large it may be', async () => {
    const answer = await run({ listeners: [() => Buffer.allocUnsafeSlow(LARGEST_PAYLOAD)] })
    assert.equal(errorOf(answer).code, 'TSRV_TASK_TOO_LARGE')
    assert.match(
      errorOf(answer).message,
      /^The return value has 268435\d{3} bytes; at most 268435456 can travel/,
    )
  })

  it('fails when nothing handled it: no listener of the user, no shipped one that knew it', async () => {
    const answer = await run({ data: { a: { b: 1 } }, listeners: [() => undefined], hasOwnListeners: false })
    assert.equal(errorOf(answer).code, 'TSRV_TASK_UNHANDLED')
    assert.match(errorOf(answer).message, /task 7 \(\{ a: \[Object\] \}\)/)
  })

  it('counts as handled when a shipped listener ended the chain', async () => {
    const answer = await run({
      listeners: [(event) => event.taskProcessingComplete()],
      hasOwnListeners: false,
    })
    assert.equal(valueOf(answer), undefined)
  })

  it('R4: may complete instead when nothing handled it, with a warning or without', async () => {
    const unknown = { listeners: [() => undefined], hasOwnListeners: false }
    const warned = await run({ ...unknown, unhandled: 'warn' })
    assert.equal(valueOf(warned), undefined)
    const [[level, fields, message] = []] = warned.logged
    assert.deepEqual([level, fields], ['warn', { taskId: 7, code: 'TSRV_TASK_UNHANDLED' }])
    assert.match(String(message), /^Nothing handled task 7/)
    const ignored = await run({ ...unknown, unhandled: 'ignore' })
    assert.deepEqual([valueOf(ignored), ignored.logged], [undefined, []])
  })

  it('R17: reports by yield when a listener is a generator, which ends before the next one', async () => {
    const ran: string[] = []
    const answer = await run({
      listeners: [
        async function* () {
          yield { completion: 1 }
          ran.push('first')
          return 'value'
        },
        () => void ran.push('second'),
      ],
    })
    assert.equal(valueOf(answer), 'value')
    assert.deepEqual(ran, ['first', 'second'])
    assert.deepEqual(answer.progress, [[7, { completion: 1 }]])
  })

  it('fails when it reports something that is no progress, and its thread lives', async () => {
    const bad = 'half' as unknown as Progress
    const answer = await run({ listeners: [(event) => event.progress(bad)] })
    assert.equal(errorOf(answer).code, 'TSRV_TASK_PROGRESS_INVALID')
  })

  it('reports its progress under its id', async () => {
    const { progress } = await run({ listeners: [(event) => event.progress({ completion: 1 })] })
    assert.deepEqual(progress, [[7, { completion: 1 }]])
  })

  it('reports its last progress, however fast it came, and nothing after its end', async () => {
    let late: (() => void) | undefined
    const { progress } = await run({
      listeners: [
        (event) => {
          for (let completion = 1; completion <= 1000; completion++) event.progress({ completion })
          late = () => event.progress({ completion: 2000 })
        },
      ],
    })
    late?.()
    assert.deepEqual(progress.at(-1), [7, { completion: 1000 }])
    assert.ok(progress.length < 10, `${progress.length} reports`)
  })

  it('reports of its progress only what every line and store can carry', async () => {
    const odd = [
      [
        { completion: 1n, target: '2', message: 3 },
        { completion: 1, target: 2, message: '3' },
      ],
      [{ completion: NaN, target: Infinity }, {}],
      [{ completion: null, message: null, target: [] }, {}],
      [{ completion: Symbol('1'), message: Symbol('one') }, { message: 'Symbol(one)' }],
      [{ completion: 1, more: () => {} }, { completion: 1 }],
      [{ message: 'x'.repeat(20_000) }, { message: 'x'.repeat(10_000) }],
    ] as const
    for (const [given, expected] of odd) {
      const listener = (event: TaskEvent): void => event.progress(given as unknown as Progress)
      assert.deepEqual((await run({ listeners: [listener] })).progress, [[7, expected]])
    }
  })

  it('ends as cancelled when it was cancelled, whatever its code made of that', async () => {
    const abort = new AbortController()
    const reason = new Error('cancelled')
    const listeners = [() => abort.abort(reason), () => 'went on']
    assert.equal(errorOf(await run({ listeners, signal: abort.signal })).message, 'cancelled')
  })

  it('T11: fails, and does not reject, when its data names a class that is unknown here', async () => {
    class Gone {
      readonly gone = true
    }
    const known = { tagOf: (one: object) => (one === Gone ? 'gone' : undefined), exportOf: () => Gone }
    const task = {
      do: 'task',
      id: 1,
      workerId: 0,
      attempt: 1,
      data: encodePayload(new Gone(), known),
    } as const
    const answer = await runTask(task, new AbortController().signal, {
      dispatcher: new EventDispatcher(),
      tags: NO_TAGS,
      server: fakeServer().server,
      hasOwnListeners: true,
      unhandled: 'fail',
      onProgress() {},
    })
    assert.equal(errorOf(answer).code, 'TSRV_TASK_TYPE_UNKNOWN')
  })
})
