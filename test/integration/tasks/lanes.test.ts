/** A lane and its threads: how many tasks at a time, progress, aborts, errors, and new threads for old. */
import assert from 'node:assert/strict'
import path from 'node:path'
import { describe, it } from 'node:test'
import { pathToFileURL } from 'node:url'
import { errorToWire } from '../../../src/wire/error-report.ts'
import { NO_TAGS } from '../../../src/wire/tags.ts'
import { until } from '../../until.ts'
import { block, fixtureTags, openLane } from './lane-house.ts'

describe('a lane', () => {
  it('runs one task at a time unless told otherwise', async () => {
    await using house = await openLane()
    assert.deepEqual([house.lane.state, house.lane.room, house.offers], ['idle', 1, 1])
    const task = house.run('sleep', 10)
    assert.deepEqual([house.lane.state, house.lane.room], ['busy', 0])
    await assert.rejects(house.run('thread'), /has no room/)
    await task
    assert.deepEqual([house.lane.state, house.lane.room], ['idle', 1])
  })

  it('runs as many async tasks at a time in one thread as it is told', async () => {
    await using house = await openLane({ settings: ['tasks.concurrency=4'] })
    const tasks = [1, 2, 3, 4].map(() => house.run('meet', 4))
    assert.equal(house.lane.room, 0)
    const threads = await Promise.all(tasks)
    assert.equal(new Set(threads).size, 1)
    assert.equal(house.lane.room, 4)
  })

  it('takes nothing after its stop, and may be stopped again', async () => {
    const house = await openLane()
    await house.lane.stop()
    await house.lane.stop()
    assert.deepEqual([house.lane.state, house.lane.room], ['dead', 0])
    assert.deepEqual(house.heard, ['thread stops'])
  })

  it('that retires runs its task to the end and takes no other', async () => {
    const house = await openLane()
    const task = house.run('sleep', 100)
    const retired = house.lane.retire()
    await task
    assert.equal(house.lane.room, 0)
    await retired
    assert.equal(house.lane.state, 'dead')
    assert.deepEqual(house.heard, ['end of sleep', 'thread stops'])
  })

  it('can be stopped while a thread boots', async () => {
    const house = await openLane()
    const replaced = house.lane.replace()
    await until(() => house.boots === 2, 'the boot')
    await house.lane.stop()
    await replaced
    assert.deepEqual([house.lane.state, house.lane.room, house.troubles], ['dead', 0, []])
  })
})

describe('an abort', () => {
  it('reaches an async task', async () => {
    await using house = await openLane({ settings: ['tasks.concurrency=2'] })
    const { id, value } = house.submit('sleep', 60_000)
    const other = house.run('sleep', 50)
    house.lane.abort(id, errorToWire(new Error('no longer wanted')))
    await assert.rejects(value, { message: 'no longer wanted' })
    await other
  })

  it('reaches it also when it follows the task at once', async () => {
    await using house = await openLane()
    for (let round = 0; round < 100; round++) {
      const { id, value } = house.submit('sleep', 60_000)
      house.lane.abort(id, errorToWire(new Error('stop')))
      await assert.rejects(value, { message: 'stop' })
    }
  })
})

describe('the progress of a task', () => {
  it('that reports in a tight loop is thinned out, and its last report comes before its end', async () => {
    await using house = await openLane()
    const task = house.run('flood', 100_000).then(() => [...house.progress])
    const before = await task
    assert.deepEqual(before.at(-1), { completion: 100_000, target: 100_000 })
    assert.ok(before.length < 20, `${before.length} reports`)
    assert.equal(house.progress.length, before.length)
  })

  it('is a text and two numbers, whatever it reported', async () => {
    await using house = await openLane()
    await house.run('oddProgress')
    assert.deepEqual(house.progress, [{ message: '{"step":1}', completion: 3 }])
  })

  it('comes before its end also when this thread was too busy to listen', async () => {
    await using house = await openLane()
    for (let round = 1; round <= 20; round++) {
      const task = house.run('flood', round).then(() => house.progress.at(-1))
      block(20)
      assert.deepEqual(await task, { completion: round, target: round })
    }
  })

  it('S9: is heard of while a synchronous task runs', async () => {
    await using house = await openLane()
    const task = house.run('crawl', 1000)
    await until(() => house.progress.length >= 3, 'three reports')
    assert.equal(house.lane.state, 'busy')
    await task
  })
})

describe('the error of a task', () => {
  it('is an instance of its class for a receiver that knows it, with all its fields', async () => {
    await using house = await openLane()
    const { NoStock } = (await import(
      pathToFileURL(path.resolve(import.meta.dirname, '../../fixtures/lanes/errors.ts')).href
    )) as typeof import('../../fixtures/lanes/errors.ts')
    await assert.rejects(house.run('noStock', 0, await fixtureTags()), (error) => {
      assert.ok(error instanceof NoStock)
      assert.deepEqual([error.article, error.code, error.since], ['chair', 'E_NO_STOCK', new Date(0)])
      assert.match(error.stack ?? '', /run\.ts/)
      return true
    })
  })

  it('is the nearest built-in one for the others, with name, code and plain fields', async () => {
    await using house = await openLane()
    await assert.rejects(house.run('noStock', 0, NO_TAGS), (error) => {
      assert.ok(error instanceof RangeError)
      const { name, message, code, article } = error as RangeError & { code?: string; article?: string }
      assert.deepEqual([name, message, code, article], ['NoStock', 'no chair left', 'E_NO_STOCK', 'chair'])
      return true
    })
  })

  it('arrives without what cannot travel', async () => {
    await using house = await openLane()
    await assert.rejects(house.run('liveError', 0, await fixtureTags()), { message: 'live' })
  })

  it('says where its return value cannot travel', async () => {
    await using house = await openLane()
    await assert.rejects(house.run('uncloneable'), {
      code: 'TSRV_TASK_NOT_SERIALISABLE',
      message: /\$\.socket\.close/,
    })
    assert.equal(house.boots, 1)
  })
})

describe('recycling', () => {
  it('gives a lane a fresh thread after its share of tasks, and loses none', async () => {
    await using house = await openLane({ settings: ['tasks.maxRequests=20'] })
    const threads = new Map<unknown, number>()
    for (let task = 0; task < 200; task++) {
      await until(() => house.lane.room > 0, 'room')
      const thread = await house.run('thread')
      threads.set(thread, (threads.get(thread) ?? 0) + 1)
    }
    assert.ok(threads.size >= 10, `${threads.size} threads`)
    for (const [thread, tasks] of threads) assert.ok(tasks <= 20, `thread ${String(thread)} ran ${tasks}`)
    assert.deepEqual(house.troubles, [])
  })

  it('lets the old thread finish what runs in it, and that counts', async () => {
    await using house = await openLane({ settings: ['tasks.concurrency=2', 'tasks.maxRequests=2'] })
    const { id, value: long } = house.submit('sleep', 60_000)
    const short = house.run('thread')
    assert.equal(house.lane.room, 0)
    const first = await short
    await until(() => house.lane.room > 0, 'the successor')
    assert.equal(house.lane.room, 1)
    assert.notEqual(await house.run('thread'), first)
    assert.ok(!house.heard.includes('thread stops'))
    house.lane.abort(id, errorToWire(new Error('enough')))
    await assert.rejects(long, { message: 'enough' })
    await until(() => house.heard.includes('thread stops'), 'the old thread to leave')
  })

  it('is not held up by timers that tasks left behind', async () => {
    await using house = await openLane({ settings: ['tasks.maxRequests=1'] })
    await house.run('leftOver')
    await until(() => house.heard.includes('thread stops') && house.lane.room === 1, 'the swap')
    assert.deepEqual(house.troubles, [])
  })

  it('goes on with the old thread when a new one does not boot', async () => {
    let isBroken = false
    await using house = await openLane({
      settings: ['tasks.maxRequests=10'],
      onBoot: () => {
        if (isBroken) throw new Error('half deployed')
      },
    })
    isBroken = true
    const first = await house.run('thread')
    for (let task = 0; task < 30; task++) {
      await until(() => house.lane.room > 0, 'room')
      assert.equal(await house.run('thread'), first)
    }
    assert.match(house.troubles[0] ?? '', /could not be restarted: half deployed/)
    isBroken = false
    await until(async () => {
      await until(() => house.lane.room > 0, 'room')
      return (await house.run('thread')) !== first
    }, 'a new thread')
  })
})

describe('new code', () => {
  it('comes in with a warm thread while the old one finishes its task', async () => {
    await using house = await openLane()
    const first = await house.run('thread')
    const { id, value } = house.submit('sleep', 60_000)
    await house.lane.replace()
    assert.deepEqual([house.lane.state, house.lane.room], ['busy', 0])
    house.lane.abort(id, errorToWire(new Error('enough')))
    await assert.rejects(value, { message: 'enough' })
    assert.equal(house.lane.room, 1)
    assert.notEqual(await house.run('thread'), first)
  })

  it('stays out when it does not boot', async () => {
    let isBroken = false
    await using house = await openLane({
      onBoot: () => {
        if (isBroken) throw new Error('broken')
      },
    })
    const first = await house.run('thread')
    isBroken = true
    await assert.rejects(house.lane.replace(), { message: 'broken' })
    assert.equal(await house.run('thread'), first)
  })

  it('gets the environment of its time, and what a task writes there ends with its thread', async () => {
    let value = 'one'
    await using house = await openLane({ env: () => ({ LANE_TEST: value }) })
    assert.equal(await house.run('env'), 'one')
    await house.run('setEnv', 5)
    assert.equal(await house.run('env'), '5')
    value = 'two'
    await house.lane.replace()
    assert.equal(await house.run('env'), 'two')
    assert.equal(process.env['LANE_TEST'], undefined)
  })
})
