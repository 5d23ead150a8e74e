/** Each hook of the server's life: one event of its class, in the right process, with what it should carry. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type LogRecord, ServerUnderTest } from './server-under-test.ts'

const ofClass =
  (name: string) =>
  (record: LogRecord): boolean =>
    record['event'] === 'event' && record['class'] === name

describe('the events of a server', () => {
  it('occur once each over start, request, task and stop', async () => {
    await using server = await ServerUnderTest.start('events-app')
    const id = await server.json('/')
    await server.log(ofClass('TaskFinishEvent'), 'the finish event')
    const { workers } = await server.status()
    const leader = `http ${workers.find((worker) => worker.leader === true)?.slot}`
    await server.stop()
    const seen = (name: string): LogRecord[] => server.logs.filter(ofClass(name))

    for (const name of ['ServerStartEvent', 'ServerShutdownEvent', 'LeaderStartEvent', 'LeaderStopEvent']) {
      assert.deepEqual(
        seen(name).map((record) => [record.process, record['isLeader']]),
        [[leader, true]],
        name,
      )
    }
    for (const name of ['WorkerStartEvent', 'WorkerStopEvent']) {
      const about = seen(name).map((record) => [record.process, record['workerId'], record['isTaskWorker']])
      assert.deepEqual(
        about.toSorted((one, other) => String(one).localeCompare(String(other))),
        [
          ['http 0', 0, false],
          ['http 1', 1, false],
          ['task 0', 2, true],
        ],
        name,
      )
    }
    assert.equal(seen('RequestEvent').length, 1)
    assert.deepEqual(
      seen('TaskEvent').map((record) => [record['taskId'], record.process]),
      [[id, 'task 0']],
    )
    assert.deepEqual(
      seen('TaskFinishEvent').map((record) => record['taskId']),
      [id],
    )
    assert.deepEqual(seen('WorkerErrorEvent'), [])
  })

  it('tell the leader of a worker that died, with its pid, exit code and signal', async () => {
    await using server = await ServerUnderTest.start('events-app')
    const { workers } = await server.status()
    const other = workers.find((worker) => worker.role === 'http' && worker.leader !== true)
    process.kill(other?.pid ?? 0, 'SIGKILL')
    const event = await server.log(ofClass('WorkerErrorEvent'), 'the event')
    assert.deepEqual(
      [event['isLeader'], event['workerId'], event['exitCode'], event['signal']],
      [true, other?.slot, null, 'SIGKILL'],
    )
  })

  it('pass leadership on when the leader dies, and start the server only once', async () => {
    await using server = await ServerUnderTest.start('events-app')
    const { workers } = await server.status()
    const leader = workers.find((worker) => worker.leader === true)
    process.kill(leader?.pid ?? 0, 'SIGKILL')
    const isNext = (record: LogRecord): boolean =>
      ofClass('LeaderStartEvent')(record) && record.process !== `http ${leader?.slot}`
    await server.log(isNext, 'the next leader')
    assert.equal(server.logs.filter(ofClass('ServerStartEvent')).length, 1)
  })
})
