import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { MemoryBroker } from '../../../../src/tasks/brokers/memory.ts'
import { until } from '../../../until.ts'
import { brokerContract } from '../../../contract/broker.ts'
import {
  add,
  assertCounts,
  claim,
  COMPLETED,
  FAILED,
  newTask,
  runNext,
} from '../../../contract/broker/stage.ts'

brokerContract('memory', async (options) => new MemoryBroker(options))

describe('the memory broker', () => {
  it('keeps the newest dead tasks only', async () => {
    const broker = new MemoryBroker({ keepDead: 2 })
    await add(broker, 1, 2, 3)
    for (let run = 0; run < 3; run++) await runNext(broker, FAILED)
    await assertCounts(broker, { dead: 2 })
    const dead = await broker.peek('default', { state: 'dead', limit: 5 })
    assert.deepEqual(
      dead.map(({ id }) => id),
      [2, 3],
    )
  })

  it('gives higher fences than the process before it, which kept nothing', async () => {
    const fences: number[] = []
    for (const time of [1_700_000_000_000, 1_700_000_000_001]) {
      const broker = new MemoryBroker({ now: () => time })
      await add(broker, 1)
      const [claimed] = await claim(broker)
      fences.push(claimed?.fence ?? 0)
    }
    assert.ok((fences[1] ?? 0) > (fences[0] ?? 0), fences.join())
    assert.ok(Number.isSafeInteger(fences[1]))
  })

  it('wakes its claimant when a queue is resumed or dead tasks come back', async () => {
    const broker = new MemoryBroker()
    let wakes = 0
    broker.onAvailable(() => wakes++)
    await broker.pause('default')
    await broker.resume('default')
    await until(() => wakes === 1, 'the wake after the pause')
    await broker.enqueue([newTask(1, { runAt: 0 })])
    await runNext(broker, FAILED)
    await broker.redrive('default')
    await until(() => wakes === 2, 'the wake for a dead task')
    await broker.close()
  })

  it('does thousands of calls in one turn of the event loop', async () => {
    const broker = new MemoryBroker()
    let turns = 0
    const counting = setInterval(() => turns++, 0)
    for (let id = 1; id <= 5000; id++) {
      await add(broker, id)
      const [claimed] = await claim(broker)
      assert.ok(claimed !== undefined)
      await broker.settle(claimed, COMPLETED)
      await broker.forget([id])
    }
    assert.equal(turns, 0)
    clearInterval(counting)
    await assertCounts(broker, {})
  })
})
