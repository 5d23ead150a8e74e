/** Tasks that ask to run again later: `event.reschedule()`, without processes. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { EventDispatcher, type Listener } from '../../../src/events/dispatcher.ts'
import { TaskEvent } from '../../../src/events/task-events.ts'
import { MemoryBroker } from '../../../src/tasks/brokers/memory.ts'
import { InThreadLane } from '../../../src/tasks/lanes/in-thread-lane.ts'
import { runningHere } from '../../../src/tasks/sender/run-here.ts'
import { MemoryTaskLog } from '../../../src/tasks/task-log/memory.ts'
import { runTask, type TaskRunnerOptions } from '../../../src/tasks/task-worker/task-runner.ts'
import { NO_TAGS } from '../../../src/wire/tags.ts'
import { until } from '../../until.ts'
import { fakeServer } from '../../unit/events/fake-server.ts'
import { makeClient, startTaskServer, type TestClient } from './task-house.ts'

function runner(listener: Listener<TaskEvent>): Omit<TaskRunnerOptions, 'onProgress'> {
  const dispatcher = new EventDispatcher()
  dispatcher.on(TaskEvent, listener)
  return { dispatcher, tags: NO_TAGS, server: fakeServer().server, hasOwnListeners: true, unhandled: 'fail' }
}

interface House extends TestClient {
  readonly taskLog: MemoryTaskLog
}

/** One lane that runs listeners as a task worker does. */
async function open(listener: Listener<TaskEvent>): Promise<House> {
  const taskLog = new MemoryTaskLog()
  const server = await startTaskServer(0, () => {}, { taskLog, broker: new MemoryBroker() })
  const options = runner(listener)
  await server.setLanes(1, (number) => {
    return new InThreadLane({
      number,
      capacity: 1,
      run: (task, { signal, onProgress }) => runTask(task, signal, { ...options, onProgress }),
    })
  })
  const made = makeClient(0)
  made.join(server)
  return { ...made, taskLog }
}

describe('a task that is rescheduled', () => {
  it('T21: runs again under its id until it returns, and its sender hears of one end', async () => {
    const seen: unknown[] = []
    const { client, finished, taskLog } = await open((event) => {
      seen.push([event.taskId, event.attempt, event.data])
      if (seen.length < 3) return event.reschedule({ delay: 1 })
      return 'done'
    })
    const { id, done } = client.submit('look')
    const { state, value, attempt } = await done
    assert.deepEqual([state, value, attempt], ['completed', 'done', 1])
    assert.deepEqual(
      seen,
      [1, 2, 3].map(() => [id, 1, 'look']),
    )
    await until(() => finished.length === 1, 'the finish event')
    assert.equal((await taskLog.get(id))?.status, 'completed')
  })

  it('T21: waits in the task log until it is due, lets others run meanwhile, and can be cancelled', async () => {
    const { client, taskLog } = await open((event) =>
      event.data === 'look' ? event.reschedule({ delay: '1h' }) : 'other',
    )
    const { id, done } = client.submit('look')
    const other = await client.submit('other').done
    assert.equal(other.value, 'other')
    await until(async () => (await taskLog.get(id))?.reason === 'rescheduled', 'the record')
    const record = await taskLog.get(id)
    assert.equal(record?.status, 'enqueued')
    assert.ok(record.runAt > Date.now() + 3_000_000)
    assert.equal(await client.cancel(id), true)
    assert.equal((await done).state, 'cancelled')
  })

  it('T21: fails when it throws nevertheless, and refuses what is no time', async () => {
    const { client } = await open((event) => {
      event.reschedule({ delay: event.data as number })
      throw new RangeError('after all')
    })
    assert.equal((await client.submit(5).done).error?.message, 'after all')
    const { error } = await client.submit('soon').done
    assert.match(String(error?.message), /"?delay"? .*'soon'/)
  })

  it('T21: waits where it runs when its queue is a sync one', async () => {
    let runs = 0
    const runHere = runningHere(runner((event) => (++runs < 3 ? event.reschedule({ delay: 1 }) : runs)))
    const { client } = makeClient(0, {
      queues: { queues: [{ name: 'now', sync: true }], routes: {} },
      runHere,
    })
    assert.equal((await client.submit('look', { queue: 'now' }).done).value, 3)
  })

  it('T21: ends when it is cancelled while it waits where it runs', async () => {
    let runs = 0
    const runHere = runningHere(
      runner((event) => {
        runs++
        event.reschedule({ delay: '1h' })
      }),
    )
    const { client } = makeClient(0, {
      queues: { queues: [{ name: 'now', sync: true }], routes: {} },
      runHere,
    })
    const { id, done } = client.submit('look', { queue: 'now' })
    await until(() => runs === 1, 'the first run')
    assert.equal(await client.cancel(id), true)
    assert.deepEqual([(await done).state, runs], ['cancelled', 1])
  })
})
