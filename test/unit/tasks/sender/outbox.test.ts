/** The limits of what one sender has open. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Outbox, shareOf } from '../../../../src/tasks/sender/outbox.ts'
import type { PendingTask } from '../../../../src/tasks/sender/pending.ts'

function pending(id: number, size = 10): PendingTask {
  return {
    id,
    data: new Uint8Array(size),
    size,
    name: 'object',
    createdAt: 0,
    wishes: undefined,
    watcher: undefined,
    attempt: 0,
    crashes: 0,
    isAccepted: false,
    isStarted: false,
    isCancelled: false,
    release: () => {},
  }
}

describe('the outbox', () => {
  it('has room for so many tasks and bytes', () => {
    const outbox = new Outbox({ tasks: 3, bytes: 100 })
    outbox.add(pending(1))
    outbox.add(pending(2, 80))
    assert.ok(outbox.hasRoom(10))
    assert.ok(!outbox.hasRoom(11))
    outbox.add(pending(3))
    assert.ok(!outbox.hasRoom(0))
  })

  it('says what is open and what the share is when it is full', () => {
    const outbox = new Outbox({ tasks: 1, bytes: 100 })
    outbox.requireRoom(5)
    outbox.add(pending(1))
    assert.throws(() => outbox.requireRoom(5), {
      code: 'TSRV_TASK_QUEUE_FULL',
      message: /1 tasks with 10 bytes .* the share of this process is 1 tasks and 100 bytes/,
    })
  })

  it('lets a single task pass that is larger than everything', () => {
    const outbox = new Outbox({ tasks: 10, bytes: 100 })
    assert.ok(outbox.hasRoom(1000))
    outbox.add(pending(1, 1000))
    assert.ok(!outbox.hasRoom(0))
  })

  it('has room again when a task has ended', () => {
    const outbox = new Outbox({ tasks: 1, bytes: 100 })
    const task = pending(1)
    outbox.add(task)
    outbox.delete(task)
    assert.ok(outbox.hasRoom(100))
  })

  it('gives held tasks out in order, as many as there is room for', () => {
    const outbox = new Outbox({ tasks: 2, bytes: 100 })
    for (const id of [1, 2, 3]) outbox.hold(pending(id))
    assert.deepEqual(
      [...outbox.release()].map(({ id }) => id),
      [1, 2],
    )
    assert.ok(outbox.isHeld(3))
  })

  it('lets go of the data that a store has, and keeps what it would have to send again', () => {
    const outbox = new Outbox({ tasks: 9, bytes: 100 })
    const [stored, unstored] = [pending(1), pending(2)]
    outbox.add(stored)
    outbox.add(unstored)
    outbox.accepted(stored, true)
    outbox.accepted(unstored, false)
    assert.equal(stored.data, undefined)
    outbox.forgetAcceptance()
    assert.deepEqual([stored.isAccepted, unstored.isAccepted], [true, false])
  })

  it('waits until everything is accepted, held tasks included', async () => {
    const outbox = new Outbox({ tasks: 1, bytes: 100 })
    const [first, second] = [pending(1), pending(2)]
    outbox.add(first)
    outbox.hold(second)
    let isDone = false
    const done = outbox.allAccepted(AbortSignal.timeout(10_000)).then(() => (isDone = true))
    outbox.delete(first)
    await Promise.resolve()
    assert.equal(isDone, false)
    assert.deepEqual([...outbox.release()], [second])
    outbox.accepted(second, true)
    await done
  })

  it('waits no longer than it is told to', async () => {
    const outbox = new Outbox({ tasks: 1, bytes: 100 })
    outbox.add(pending(1))
    await outbox.allAccepted(AbortSignal.timeout(5))
  })
})

describe('the share of one sender', () => {
  it('is even, and never nothing', () => {
    assert.deepEqual(shareOf({ maxQueued: 10, maxQueuedBytes: 4096 }, 4), { tasks: 3, bytes: 1024 })
    assert.deepEqual(shareOf({ maxQueued: 1, maxQueuedBytes: 1 }, 64), { tasks: 1, bytes: 1 })
  })
})
