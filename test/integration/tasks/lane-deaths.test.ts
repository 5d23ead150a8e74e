/** Threads that die under their tasks, or are killed: what their lane says, and that it goes on at once. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { until } from '../../until.ts'
import { block, deathOf, openLane } from './lane-house.ts'

describe('a stuck task', () => {
  it('is ended by kill(), and the next thread takes the next task', async () => {
    await using house = await openLane()
    const { id, value } = house.submit('stuck')
    const death = deathOf(value)
    await until(() => house.heard.includes('about to be stuck'), 'the loop')
    house.lane.kill(id)
    assert.equal((await death).kind, 'killed')
    await until(() => house.lane.room === 1, 'the next thread')
    assert.equal(typeof (await house.run('thread')), 'number')
    assert.equal(house.boots, 2)
    assert.deepEqual(house.troubles, [])
  })

  it('takes with it what runs in the same thread, and nothing in another lane', async () => {
    await using house = await openLane({ settings: ['tasks.concurrency=2'] })
    await using other = await openLane()
    const innocent = other.run('sleep', 300)
    const tasks = [house.submit('sleep', 60_000), house.submit('stuck')]
    const deaths = tasks.map(({ value }) => deathOf(value))
    await until(() => house.heard.includes('about to be stuck'), 'the loop')
    house.lane.kill(tasks[1]?.id ?? 0)
    assert.deepEqual(
      (await Promise.all(deaths)).map(({ kind }) => kind),
      ['killed', 'killed'],
    )
    await innocent
    assert.equal(other.boots, 1)
  })

  it('in a thread that was to leave does not take the new thread with it', async () => {
    await using house = await openLane()
    const { id, value } = house.submit('stuck')
    const death = deathOf(value)
    await until(() => house.heard.includes('about to be stuck'), 'the loop')
    await house.lane.replace()
    const offers = house.offers
    house.lane.kill(id)
    assert.equal((await death).kind, 'killed')
    assert.deepEqual([house.lane.room, house.offers, house.boots], [1, offers + 1, 2])
    await house.run('thread')
  })

  it('in a thread that was to leave does not take what runs in the new one with it', async () => {
    await using house = await openLane({ settings: ['tasks.concurrency=2'] })
    const { id, value } = house.submit('stuck')
    const death = deathOf(value)
    await until(() => house.heard.includes('about to be stuck'), 'the loop')
    await house.lane.replace()
    const innocent = house.run('sleep', 100)
    house.lane.kill(id)
    assert.equal((await death).kind, 'killed')
    assert.equal(typeof (await innocent), 'number')
  })

  it('is ended by the stop of its lane', async () => {
    const house = await openLane()
    const death = house.death('stuck')
    await until(() => house.heard.includes('about to be stuck'), 'the loop')
    await house.lane.stop()
    assert.equal((await death).kind, 'killed')
    assert.equal(house.lane.state, 'dead')
  })

  it('that has ended meanwhile is not what kill() looks for', async () => {
    await using house = await openLane()
    const { id, value } = house.submit('thread')
    const thread = await value
    house.lane.kill(id)
    assert.equal(await house.run('thread'), thread)
  })
})

describe('a task that takes all memory', () => {
  it('is told so, and hurts nobody but its thread', async () => {
    await using house = await openLane({ settings: ['tasks.memoryLimit=48mb'] })
    await using other = await openLane({ settings: ['tasks.memoryLimit=48mb'] })
    assert.equal(await house.run('heapLimit'), 48)
    const innocent = other.run('sleep', 1500)
    const death = await house.death('hoard')
    assert.equal(death.kind, 'out-of-memory')
    assert.equal(death.message, 'the task worker ran out of memory (limit 48 MB)')
    await until(() => house.lane.room === 1, 'the next thread')
    await house.run('thread')
    await innocent
    assert.equal(other.boots, 1)
  })

  it('has its say in a boot, too', async () => {
    await assert.rejects(
      openLane({ settings: ['tasks.memoryLimit=8mb', 'listeners.TaskEvent=./greedy.ts'] }),
      {
        code: 'TSRV_BOOT_FAILED',
        message: /Task worker 0 could not start: the task worker ran out of memory \(limit 8 MB\)/,
      },
    )
  })
})

describe('a module that ends its thread', () => {
  it('fails the boot', async () => {
    await assert.rejects(openLane({ settings: ['listeners.TaskEvent=./exits.ts'] }), {
      code: 'TSRV_BOOT_FAILED',
      message: 'Task worker 0 could not start: task code called process.exit(7)',
    })
  })
})

describe('a task that ends its thread', () => {
  it('with process.exit() is told which', async () => {
    await using house = await openLane()
    const death = await house.death('exit', 3)
    assert.deepEqual([death.kind, death.message], ['exited', 'task code called process.exit(3)'])
    await until(() => house.lane.room === 1, 'the next thread')
  })

  it('is heard up to its last words', async () => {
    await using house = await openLane()
    const death = house.death('progressThenExit')
    // Its words and its end are both there when this thread listens again.
    block(200)
    await death
    assert.deepEqual(house.progress.at(-1), { completion: 41 })
    assert.ok(house.heard.includes('last words'))
  })

  for (const [deed, says] of [
    ['throwLater', 'an error escaped in the task worker: TypeError: too late'],
    ['rejectLater', 'an error escaped in the task worker: RangeError: nobody listens'],
    ['exitLater', 'task code called process.exit(4)'],
  ] as const) {
    it(`after it has answered (${deed}) takes a later one with it`, async () => {
      await using house = await openLane()
      await house.run(deed, 50)
      const death = await house.death('sleep', 60_000)
      assert.equal(death.message, says)
      assert.equal(death.kind, deed === 'exitLater' ? 'exited' : 'crashed')
      assert.deepEqual(house.troubles, [])
      await until(() => house.lane.room === 1, 'the next thread')
    })
  }

  it('while nothing runs in it is trouble for the log, and the lane goes on', async () => {
    await using house = await openLane()
    await house.run('throwLater', 1)
    await until(() => house.boots === 2 && house.lane.room === 1, 'the next thread')
    assert.deepEqual(house.troubles, ['Task worker died between tasks: too late'])
    await house.run('thread')
  })
})

describe('a stop listener that never ends', () => {
  it('does not keep its thread for ever', async () => {
    await using house = await openLane({ settings: ['processes.maxWaitTime=200ms'] })
    await house.run('stopHangs')
    await house.lane.stop()
    assert.ok(house.heard.includes('thread stops'))
  })
})
