/**
 * Everything that can go wrong with a task on its way, tried one after the other on one server with one task worker:
 * each leaves one clear record and one end, no process or thread dies of it, and the next task runs.
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { until } from '../until.ts'
import { tsrv } from './project.ts'
import { type LogRecord, ServerUnderTest } from './server-under-test.ts'

interface Mishap {
  readonly what: string
  readonly path: string
  /** The one record, with the message of its error. */
  readonly says: RegExp
  /** None: it was refused at the call and never became a task. */
  readonly status?: 'failed' | 'completed'
}

const does = (how: string): string => `/task?how=${encodeURIComponent(how)}`

const MISHAPS: readonly Mishap[] = [
  {
    what: 'data with a function at $.a.b',
    path: '/function',
    says: /^Request failed: The task data cannot travel: a function at \$\.a\.b\. Export it from a file matched by/,
  },
  {
    what: 'an instance of a class that no task module exports',
    path: '/stranger',
    says: /^Request failed: The task data cannot travel: an instance of the unregistered class Stranger at \$\.guest\. Export the class/,
  },
  {
    what: 'a closure as the function of a Task',
    path: '/closure',
    says: /^Request failed: The task data cannot travel: a function at \$\.run\. Export it/,
  },
  {
    what: 'a service that the container does not have',
    path: '/service',
    says: /^Task failed: The container has no service "gone": it has server, events, port\.$/,
    status: 'failed',
  },
  {
    what: 'a service that cannot be run',
    path: '/no-service',
    says: /^Task failed: ServiceBasedTask names "port", which is 25; expected a function, or an object with handle\(\)\.$/,
    status: 'failed',
  },
  {
    what: 'data with a socket in it',
    path: '/socket',
    says: /^Request failed: The task data cannot travel: a live \w+ at \$\.out\[0\]\. It lives in this process alone/,
  },
  {
    what: 'the id of a task as a text',
    path: '/id',
    says: /^Request failed: Option id of cancel\(\) is '7'; expected the id of a task/,
  },
  {
    what: 'a handler that throws a text',
    path: does('throws a text'),
    says: /^Task failed: just a text$/,
    status: 'failed',
  },
  {
    what: 'a handler that throws null',
    path: does('throws nothing at all'),
    says: /^Task failed: null was thrown$/,
    status: 'failed',
  },
  {
    what: 'a handler that throws an object whose getters throw',
    path: does('throws an object whose getters throw'),
    says: /^Task failed: a value that cannot be shown was thrown$/,
    status: 'failed',
  },
  {
    what: 'progress that is none',
    path: does('reports nonsense'),
    says: /^Task failed: event\.progress\(\) or yield was given 'half'; expected an object with message/,
    status: 'failed',
  },
  {
    what: 'a return value with a function at $.a.b',
    path: does('returns a function'),
    says: /^Task failed: The return value cannot travel: a function at \$\.a\.b\./,
    status: 'failed',
  },
  {
    what: 'a listener of TaskEvent that throws',
    path: does('has a listener that throws'),
    says: /^Task failed: no task today$/,
    status: 'failed',
  },
  {
    what: 'finish() called twice',
    path: does('finishes twice'),
    says: /^event\.finish\(\) was called again; only the first call counts$/,
    status: 'completed',
  },
  {
    what: 'a listener of TaskFinishEvent that throws',
    path: does('has a finish listener that throws'),
    says: /^A listener of TaskFinishEvent or TaskErrorEvent threw: no end today$/,
    status: 'completed',
  },
]

interface Outcome {
  /** Of the task, when it became one. */
  readonly id: number | undefined
  /** Of the task after it. */
  readonly threadId: unknown
}

interface TaskLogEntry {
  readonly id: number
  readonly status: string
  readonly finishedAt?: number
}

let server: ServerUnderTest
let taskLog: readonly TaskLogEntry[] = []
const threadsBefore: unknown[] = []
const processes: unknown[] = []
const outcomes = new Map<Mishap, Outcome>()

before(async () => {
  server = await ServerUnderTest.start('mishaps-app')
  const pids = async (): Promise<unknown> => (await server.status()).workers.map(({ pid }) => pid)
  processes.push(await pids())
  threadsBefore.push(await server.json('/sound'))
  for (const mishap of MISHAPS) outcomes.set(mishap, await outcomeOf(mishap))
  processes.push(await pids())
  // The log is written behind the tasks.
  await until(
    async () => (taskLog = await readTaskLog()).every(({ finishedAt }) => finishedAt !== undefined),
    'the end of every task',
    () => JSON.stringify(taskLog),
  )
  // Then all that is said has been said.
  await server.stop()
})
after(async () => server[Symbol.asyncDispose]())

async function outcomeOf({ path, status }: Mishap): Promise<Outcome> {
  const answer = await server.request(path)
  assert.equal(answer.status, status === undefined ? 500 : 200, answer.text)
  const id = status === undefined ? undefined : Number(answer.text)
  if (id !== undefined) await server.log((one) => isEndOf(id, one), `the finish event of ${path}`)
  return { id, threadId: await server.json('/sound') }
}

async function readTaskLog(): Promise<TaskLogEntry[]> {
  const { stdout } = await tsrv(server.dir, ['task', 'list', '--all', '--json'])
  return (JSON.parse(stdout) as { tasks: TaskLogEntry[] }).tasks
}

const isEndOf = (id: number, record: LogRecord): boolean =>
  record['event'] === 'finish' && record['taskId'] === id

/** What the log has to say, other than how tasks go well. */
const complaints = (): LogRecord[] => server.logs.filter(({ level }) => level !== 'info')

function sentence({ msg, err }: LogRecord): string {
  return err === undefined ? msg : `${msg}: ${(err as Error).message}`
}

function stackOf({ err }: LogRecord): string {
  return (err as Error).stack ?? ''
}

describe('a task that goes wrong', () => {
  for (const mishap of MISHAPS) {
    const { what, path, says, status } = mishap
    it(`leaves one record and one end, and the next task runs in the same thread: ${what}`, () => {
      const { id, threadId } = outcomes.get(mishap) ?? {}
      const isAbout = (record: LogRecord): boolean =>
        id === undefined ? record['url'] === path : record['taskId'] === id
      const records = complaints().filter(isAbout)
      assert.equal(records.length, 1, JSON.stringify(records))
      const [record] = records as [LogRecord]
      assert.match(sentence(record), says)
      if (status === undefined) assert.match(stackOf(record), /app\.ts:\d+/, 'it says where the call stands')
      if (id !== undefined) {
        assert.deepEqual(
          taskLog.filter((one) => one.id === id).map((one) => one.status),
          [status],
        )
        assert.equal(server.logs.filter((one) => isEndOf(id, one)).length, 1)
      }
      assert.deepEqual([threadId], threadsBefore)
    })
  }

  it('becomes none when it was refused at the call', () => {
    const sent = MISHAPS.filter(({ status }) => status !== undefined).length
    const sound = MISHAPS.length + 1
    assert.equal(taskLog.length, sent + sound)
  })

  it('costs no process, and nothing else is complained of', () => {
    assert.deepEqual(processes[0], processes[1])
    assert.equal(complaints().length, MISHAPS.length, JSON.stringify(complaints()))
  })
})
