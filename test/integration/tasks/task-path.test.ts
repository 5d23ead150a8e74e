/** One client, one task server: order, results, the end. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { TsrvError } from '../../../src/errors.ts'
import { channelPair } from '../../../src/wire/channel.ts'
import type { FromTaskServer, ToTaskServer } from '../../../src/wire/messages.ts'
import { LARGEST_PAYLOAD } from '../../../src/wire/payload-limit.ts'
import { until } from '../../until.ts'
import { Gate, house, makeClient, settle, startTaskServer } from './task-house.ts'

describe('the order of tasks', () => {
  it('gives ids that increase and are never the same', async () => {
    const { client } = await house(2, () => 1)
    const ids = Array.from({ length: 500 }, () => client.task(null))
    assert.deepEqual(
      ids,
      [...new Set(ids)].sort((a, b) => a - b),
    )
  })

  it('starts tasks in the order they were sent and never more than there are lanes', async () => {
    const runs = fc.record({
      lanes: fc.integer({ min: 1, max: 5 }),
      turns: fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 30 }),
    })
    await fc.assert(
      fc.asyncProperty(runs, async ({ lanes, turns }) => {
        const started: number[] = []
        let now = 0
        let most = 0
        const { client, finished } = await house(lanes, async ({ id, data }) => {
          started.push(id)
          most = Math.max(most, ++now)
          await settle(data as number)
          now--
        })
        const sent = turns.map((turn) => client.task(turn))
        await until(() => finished.length === sent.length, 'all tasks')
        assert.deepEqual(started, sent)
        assert.equal(most, Math.min(lanes, sent.length))
      }),
      { numRuns: 40 },
    )
  })

  it('ends tasks in the order they were sent when there is one lane', async () => {
    const { client, finished } = await house(1, async ({ data }) => settle((data as number) % 3))
    const sent = Array.from({ length: 30 }, (_, index) => client.task(30 - index))
    await until(() => finished.length === 30, 'all tasks')
    assert.deepEqual(
      finished.map(({ id }) => id),
      sent,
    )
  })

  it('runs tasks that were sent before there was a line', async () => {
    const server = await startTaskServer(1, ({ data }) => data)
    const { client, finished, join } = makeClient(0)
    client.task('early')
    join(server)
    await until(() => finished.length === 1, 'the task')
    assert.equal(finished[0]?.value, 'early')
  })

  it('counts what waits, what runs and what ended', async () => {
    const gate = new Gate()
    const { client, server, finished } = await house(1, ({ id }) => gate.pass(id))
    const first = client.task(1)
    client.task(2)
    await until(() => gate.entered.length === 1, 'the first task')
    assert.deepEqual(await server.stats(), {
      workers: 1,
      queued: 1,
      running: 1,
      finished: 0,
      failed: 0,
      resumed: 0,
      lanes: [{ lane: 0, state: 'busy', taskId: first }],
    })
    gate.openAll()
    await until(() => gate.entered.length === 2, 'the second task')
    gate.openAll()
    await until(() => finished.length === 2, 'all tasks')
    assert.equal((await server.stats()).finished, 2)
  })
})

describe('taskWait', () => {
  it('resolves to what the task returned', async () => {
    const { client } = await house(1, ({ data }) => ({ got: data, map: new Map([[1, undefined]]) }))
    assert.deepEqual(await client.taskWait({ a: 1 }), { got: { a: 1 }, map: new Map([[1, undefined]]) })
  })

  it('resolves to undefined when the task returned nothing', async () => {
    const { client } = await house(1, () => undefined)
    assert.equal(await client.taskWait(1), undefined)
  })

  it('rejects with name, message, code and cause of what the task threw', async () => {
    const { client } = await house(1, () => {
      throw Object.assign(new RangeError('too far', { cause: new Error('why') }), { code: 'E_FAR' })
    })
    await assert.rejects(client.taskWait(1), (error: Error & { code?: string }) => {
      assert.ok(error instanceof Error)
      assert.deepEqual([error.name, error.message, error.code], ['RangeError', 'too far', 'E_FAR'])
      assert.equal((error.cause as Error).message, 'why')
      return true
    })
  })

  it('rejects with an error of our table as that class', async () => {
    const { client } = await house(1, () => {
      throw new TsrvError('SERVICE_MISSING', { service: 'mailer', reason: 'it is empty' })
    })
    await assert.rejects(
      client.taskWait(1),
      (error) =>
        error instanceof TsrvError &&
        error.code === 'TSRV_SERVICE_MISSING' &&
        error.details['service'] === 'mailer',
    )
  })

  it('rejects after its timeout while the task goes on to its finish event', async () => {
    const gate = new Gate()
    const { client, finished, late } = await house(1, ({ id }) => gate.pass(id))
    await assert.rejects(client.taskWait(1, { timeout: 5 }), { code: 'TSRV_TASK_TIMEOUT' })
    gate.openAll()
    await until(() => finished.length === 1, 'the end of the task')
    assert.equal(finished[0]?.state, 'completed')
    await settle()
    assert.deepEqual(late, [finished[0]?.id], 'that nobody waits any more is said once')
  })

  it('takes its timeout as a text, and sends nothing when it is none', async () => {
    const { client, finished } = await house(1, () => new Promise(() => {}))
    const first = client.task(0)
    await assert.rejects(client.taskWait(1, { timeout: '20ms' }), { code: 'TSRV_TASK_TIMEOUT' })
    await assert.rejects(client.taskWait(2, { timeout: 'soon' as '1s' }), {
      code: 'TSRV_TASK_OPTION_INVALID',
      message:
        "Option timeout of taskWait() is 'soon'; expected milliseconds, or a text such as 500ms, 5s, 2m, 1h.",
    })
    assert.equal(client.task(3), first + 2, 'the second one took no id')
    assert.deepEqual(finished, [])
  })

  it('waits without an end for an infinite timeout', async () => {
    const { client } = await house(1, async () => {
      await new Promise((resolve) => setTimeout(resolve, 10))
      return 'done'
    })
    assert.equal(await client.taskWait(1, { timeout: Infinity }), 'done')
  })

  it('is followed by the finish event, too', async () => {
    const { client, finished } = await house(1, () => 'x')
    await client.taskWait(1)
    assert.deepEqual(
      finished.map(({ value }) => value),
      ['x'],
    )
  })
})

describe('taskWaitMulti', () => {
  it('Octane: settles in the order of the items, none missing', async () => {
    const { client } = await house(3, async ({ data }) => {
      await settle(5 - (data as number))
      if (data === 2) throw new Error('two')
      return data
    })
    const results = await client.taskWaitMulti([1, 2, 3, () => {}])
    assert.deepEqual(
      results.map((one) =>
        one.status === 'fulfilled' ? one.value : (one.reason as Error).message.slice(0, 25),
      ),
      [1, 'two', 3, 'The task data cannot trav'],
    )
  })

  it('Octane: gives a timeout of its own type in the place of what took too long, and the others their values', async () => {
    const { client } = await house(3, ({ data }) => (data === 'slow' ? new Promise(() => {}) : data))
    const results = await client.taskWaitMulti(['a', 'slow', 'c'], { timeout: 50 })
    const [first, slow, last] = results
    assert.deepEqual(
      [first, last],
      [
        { status: 'fulfilled', value: 'a' },
        { status: 'fulfilled', value: 'c' },
      ],
    )
    assert.ok(slow?.status === 'rejected')
    assert.equal((slow.reason as TsrvError).code, 'TSRV_TASK_TIMEOUT')
    assert.equal(results.length, 3)
  })

  it('resolves to nothing for nothing', async () => {
    const { client } = await house(1, () => 1)
    assert.deepEqual(await client.taskWaitMulti([]), [])
  })
})

describe('what cannot travel', () => {
  it('R3, Octane: throws at the call, with the path, and sends nothing', () => {
    const { client } = makeClient(0)
    const [ours, theirs] = channelPair<ToTaskServer, FromTaskServer>()
    const heard: string[] = []
    theirs.listen({ onMessage: ({ type }) => heard.push(type), onClose() {} })
    client.connect(ours)
    const attempt = (): number => client.task({ a: { b: () => {} } })
    assert.throws(attempt, { code: 'TSRV_TASK_NOT_SERIALISABLE', message: /a function at \$\.a\.b\./ })
    ours.flush()
    assert.deepEqual(heard, ['hello'])
  })

  it('throws at the call when it is too large, and takes no room', async () => {
    const { client, join } = makeClient(0, { limits: { tasks: 1, bytes: 1000 } })
    assert.throws(() => client.task(Buffer.allocUnsafeSlow(LARGEST_PAYLOAD)), {
      code: 'TSRV_TASK_TOO_LARGE',
      message: /^The task data has 268435\d{3} bytes; at most 268435456 can travel/,
    })
    join(await startTaskServer(1, ({ data }) => data))
    assert.equal(await client.taskWait('small'), 'small')
  })

  it('fails only that task when it is a return value', async () => {
    const { client } = await house(1, ({ data }) => (data === 'bad' ? { x: [() => {}] } : data))
    const [bad, good] = await client.taskWaitMulti(['bad', 'good'])
    assert.equal(bad?.status, 'rejected')
    assert.match(
      bad?.status === 'rejected' ? String(bad.reason) : '',
      /The return value cannot travel: a function at \$\.x\[0\]/,
    )
    assert.deepEqual(good, { status: 'fulfilled', value: 'good' })
  })
})

describe('draining', () => {
  it('runs what waits and leaves nothing', async () => {
    const { client, server, finished } = await house(1, () => 1)
    for (let sent = 0; sent < 10; sent++) client.task(sent)
    client.flush()
    assert.equal(await server.drain(AbortSignal.timeout(10_000)), 0)
    assert.equal(finished.length, 10)
  })

  it('waits until the last report has been handled', async () => {
    const server = await startTaskServer(1, () => 1)
    const handled = Promise.withResolvers<void>()
    const { client, join } = makeClient(0, { onFinish: () => handled.promise })
    join(server)
    client.task(1)
    client.flush()
    let isQuiet = false
    const drained = server.drain(AbortSignal.timeout(10_000)).then(() => (isQuiet = true))
    await settle()
    assert.equal(isQuiet, false)
    handled.resolve()
    await drained
  })

  it('reports at its deadline how many tasks are left', async () => {
    const gate = new Gate()
    const { client, server } = await house(1, ({ id }) => gate.pass(id))
    client.task(1)
    client.task(2)
    client.task(3)
    await until(() => gate.entered.length === 1, 'the first task')
    assert.equal(await server.drain(AbortSignal.abort()), 3)
    assert.equal(await server.drain(AbortSignal.timeout(5)), 3)
    gate.openAll()
  })

  it('returns at once when there is nothing', async () => {
    const { server } = await house(1, () => 1)
    assert.equal(await server.drain(AbortSignal.timeout(10_000)), 0)
  })
})

describe('allAccepted', () => {
  it('resolves for everybody who waits once the last task is stored', async () => {
    const { client } = await house(1, () => 1)
    client.task(1)
    client.task(2)
    const never = new AbortController().signal
    await Promise.all([client.allAccepted(never), client.allAccepted(never)])
  })

  it('gives up at its deadline when there is no task server', async () => {
    const { client } = makeClient(0)
    client.task(1)
    await client.allAccepted(AbortSignal.timeout(5))
  })
})
