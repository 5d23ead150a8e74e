/** Lines that break while both ends live: nothing is lost, nothing is done twice. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { until } from '../../until.ts'
import { Gate, makeClient, settle, startTaskServer } from './task-house.ts'

describe('a line that drops and comes back', () => {
  it('loses no task and runs none twice', async () => {
    const gate = new Gate()
    const server = await startTaskServer(1, ({ id }) => gate.pass(id))
    const { client, finished, join } = makeClient(0)
    const line = join(server)
    const first = client.task('runs')
    const second = client.task('waits')
    await until(() => gate.entered.length === 1, 'the first task')
    line.close()
    const third = client.task('sent without a line')
    join(server)
    await settle()
    gate.openAll()
    await until(() => gate.entered.length === 2, 'the second task')
    gate.openAll()
    await until(() => gate.entered.length === 3, 'the third task')
    gate.openAll()
    await until(() => finished.length === 3, 'all ends')
    assert.deepEqual(gate.entered, [first, second, third])
  })

  it('does not count as a crash, however often it happens', async () => {
    const gate = new Gate()
    const server = await startTaskServer(1, ({ id }) => gate.pass(id))
    const { client, finished, join } = makeClient(0)
    const handle = client.submit('long')
    for (let drop = 0; drop < 5; drop++) {
      const line = join(server)
      await settle()
      line.close()
    }
    join(server)
    await settle()
    gate.openAll()
    const report = await handle.done
    assert.deepEqual([report.state, report.attempt], ['completed', 1])
    assert.equal(gate.entered.length, 1)
    assert.equal(finished.length, 1)
  })

  it('brings the end of a task that ended meanwhile, and not as a redelivery', async () => {
    const gate = new Gate()
    const server = await startTaskServer(1, ({ id }) => gate.pass(id))
    const { client, finished, join } = makeClient(0)
    const line = join(server)
    client.task(1)
    await until(() => gate.entered.length === 1, 'the task')
    line.close()
    gate.openAll()
    await settle()
    assert.equal(finished.length, 0)
    join(server)
    await until(() => finished.length === 1, 'the end')
    assert.equal(finished[0]?.redelivered, false)
  })

  it('does not make a receiver that lives handle an end twice', async () => {
    const handled = Promise.withResolvers<void>()
    const server = await startTaskServer(1, () => 1)
    const { client, finished, join } = makeClient(0, { onFinish: () => handled.promise })
    const line = join(server)
    client.task(1)
    await until(() => finished.length === 1, 'the end')
    line.close()
    join(server)
    await settle()
    handled.resolve()
    assert.equal(await server.drain(AbortSignal.timeout(10_000)), 0)
    assert.equal(finished.length, 1)
  })

  it('lets the task server forget an end whose acknowledgement it had missed', async () => {
    const server = await startTaskServer(1, () => 1)
    const { client, finished, join } = makeClient(0)
    const line = join(server)
    // Lost, as the last bytes in a broken socket are.
    const send = line.send.bind(line)
    line.send = (message) => (message.type === 'received' ? undefined : send(message))
    client.task(1)
    await until(() => finished.length === 1, 'the end')
    line.close()
    join(server)
    assert.equal(await server.drain(AbortSignal.timeout(10_000)), 0)
    assert.equal(finished.length, 1)
  })

  it('brings exactly one end for each of 1,000 tasks, wherever it breaks', async () => {
    const drops = fc.array(fc.record({ after: fc.integer({ min: 1, max: 120 }), turns: fc.nat(3) }), {
      maxLength: 12,
    })
    await fc.assert(
      fc.asyncProperty(drops, fc.integer({ min: 1, max: 4 }), async (plan, lanes) => {
        const runs = new Map<number, number>()
        const server = await startTaskServer(lanes, async ({ id, data }) => {
          runs.set(id, (runs.get(id) ?? 0) + 1)
          if ((data as number) % 7 === 0) await settle(1)
          return id
        })
        const { client, finished, join } = makeClient(0, { onFinish: () => settle(1) })
        let line = join(server)
        const sent: number[] = []
        for (const { after, turns } of plan) {
          for (let task = 0; task < after && sent.length < 1000; task++) sent.push(client.task(task))
          await settle(turns)
          line.close()
          if (turns > 1) sent.push(client.task('without a line'))
          line = join(server)
        }
        while (sent.length < 1000) sent.push(client.task(sent.length))
        await until(() => finished.length >= sent.length, 'all ends')
        await server.drain(AbortSignal.timeout(10_000))
        assert.deepEqual(
          finished.map(({ id }) => id).sort((a, b) => a - b),
          sent,
        )
        assert.ok(finished.every(({ id, value, redelivered }) => value === id && !redelivered))
        assert.ok([...runs.values()].every((times) => times === 1))
      }),
      { numRuns: 15 },
    )
  })
})
