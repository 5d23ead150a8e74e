/** One record: how it is made, changed and read. */
import assert from 'node:assert/strict'
import { mayChange, STATUSES } from '../../../src/tasks/task-log/statuses.ts'
import {
  bring,
  change,
  create,
  FENCE,
  known,
  type LogRule,
  newRecord,
  plain,
  START,
  statusOf,
} from './stage.ts'

export const RECORDS: readonly LogRule[] = [
  {
    rule: 'T24, T26: keeps a record as it was created',
    async holds({ log }) {
      const whole = newRecord(7, {
        label: 'to "Zoë" 😀',
        owner: 'ann',
        category: 'export',
        parentId: 3,
        retryOf: 2,
        priority: -2,
        data: new Uint8Array([0, 255, 128]),
      })
      await log.create([whole, newRecord(8)])
      const fresh = { status: 'enqueued', attempt: 0, crashes: 0, fence: 0 } as const
      assert.deepEqual(plain(await known(log, 7)), plain({ ...whole, ...fresh, updatedAt: whole.createdAt }))
      assert.deepEqual(plain(await known(log, 8)), plain({ ...newRecord(8), ...fresh, updatedAt: START + 8 }))
      assert.equal(await log.get(9), undefined)
    },
  },
  {
    rule: 'S17: leaves a record that is there already as it is',
    async holds({ log }) {
      await bring(log, 'running', 1)
      const before = plain(await known(log, 1))
      await log.create([newRecord(1, { name: 'other', data: new Uint8Array(5) }), newRecord(2), newRecord(2)])
      assert.deepEqual(plain(await known(log, 1)), before)
      assert.equal(await statusOf(log, 2), 'enqueued')
    },
  },
  {
    rule: 'T24, T26: tells the story of a task that is retried and succeeds',
    async holds({ log }) {
      await create(log, 1)
      const base = { ...newRecord(1), crashes: 0 }
      await log.transition(
        1,
        change('running', 3, { at: START + 10, attempt: 1, crashes: 0, worker: 'task 2' }),
      )
      await log.progress(1, 3, { message: 'half', completion: 1, target: 2 })
      const retry = {
        at: START + 20,
        attempt: 1,
        reason: 'retry_scheduled',
        error: 'Error: no',
        runAt: START + 90,
      } as const
      await log.transition(1, change('enqueued', 3, { ...retry, duration: 9.5 }))
      const waiting = {
        ...base,
        status: 'enqueued',
        fence: 3,
        worker: 'task 2',
        startedAt: START + 10,
        duration: 9.5,
      }
      const { at, ...told } = retry
      assert.deepEqual(plain(await known(log, 1)), plain({ ...waiting, ...told, updatedAt: at }))

      await log.transition(1, change('running', 4, { at: START + 95, attempt: 2, worker: 'task 0' }))
      const running = {
        ...base,
        status: 'running',
        fence: 4,
        attempt: 2,
        worker: 'task 0',
        startedAt: START + 95,
      }
      const sinceRetry = { runAt: START + 90, error: 'Error: no' }
      assert.deepEqual(
        plain(await known(log, 1)),
        plain({ ...running, ...sinceRetry, updatedAt: START + 95 }),
      )

      const result = new Uint8Array([4, 2])
      await log.transition(1, change('completed', 4, { at: START + 99, duration: 4, result }))
      const end = {
        status: 'completed',
        runAt: START + 90,
        finishedAt: START + 99,
        updatedAt: START + 99,
        duration: 4,
        result,
      }
      assert.deepEqual(plain(await known(log, 1)), plain({ ...running, ...end }))
    },
  },
  {
    rule: 'tells how and why a task failed, and forgets it when that is put back in line',
    async holds({ log }) {
      await bring(log, 'running', 1)
      const result = new Uint8Array([1])
      const why = { reason: 'crashed', error: 'TsrvError: gone', crashes: 3, result } as const
      await log.transition(1, change('failed', FENCE, { ...why, at: START + 50 }))
      const failed = await known(log, 1)
      const { reason, error, crashes, finishedAt } = failed
      assert.deepEqual({ reason, error, crashes, finishedAt }, { ...without(why), finishedAt: START + 50 })
      assert.deepEqual([...(failed.result ?? [])], [1])
      assert.equal(await log.transition(1, change('enqueued', 0, { attempt: 0, crashes: 0 })), true)
      const again = plain(await known(log, 1))
      assert.deepEqual(
        ['finishedAt', 'result', 'reason'].filter((field) => field in again),
        [],
      )
      assert.deepEqual([again.attempt, again.crashes, again.fence], [0, 0, FENCE])
    },
  },
  {
    rule: 'T17: makes exactly the changes that the table of transitions allows',
    async holds({ log }) {
      const cases = STATUSES.flatMap((from) =>
        STATUSES.flatMap((to) => [0, FENCE - 1, FENCE, FENCE + 1].map((fence) => ({ from, to, fence }))),
      )
      for (const [index, { from, to, fence }] of cases.entries()) {
        const id = index + 1
        await bring(log, from, id)
        const before = plain(await known(log, id))
        const isAllowed = mayChange({ status: from, fence: FENCE }, { to, fence })
        const told = `${from} to ${to} under fence ${fence}`
        assert.equal(await log.transition(id, change(to, fence, { attempt: 77 })), isAllowed, told)
        const after = plain(await known(log, id))
        if (!isAllowed) assert.deepEqual(after, before, told)
        else
          assert.deepEqual([after.status, after.attempt, after.fence], [to, 77, Math.max(fence, FENCE)], told)
      }
    },
  },
  {
    rule: 'changes nothing that is not there',
    async holds({ log }) {
      assert.equal(await log.transition(1, change('running', 1)), false)
      assert.equal(await log.progress(1, 1, { completion: 1 }), false)
      assert.equal(await log.get(1), undefined)
    },
  },
  {
    rule: 'T22: lets the first of several ends count',
    async holds({ log }) {
      for (let id = 1; id <= 20; id++) {
        await bring(log, 'running', id)
        const ends = ['completed', 'failed', 'cancelled', 'completed'] as const
        const made = await Promise.all(
          ends.map((to, index) => log.transition(id, change(to, FENCE, { worker: `${index}` }))),
        )
        assert.equal(made.filter(Boolean).length, 1, made.join())
        const winner = made.indexOf(true)
        const { status, worker } = await known(log, id)
        assert.deepEqual([status, worker], [ends[winner], `${winner}`])
      }
    },
  },
  {
    rule: 'T6, T15: lets only the newest claimant speak',
    async holds({ log }) {
      await bring(log, 'running', 1)
      assert.equal(await log.transition(1, change('running', FENCE + 1)), true)
      assert.equal(await log.transition(1, change('failed', FENCE)), false)
      assert.equal(await log.transition(1, change('cancelled', 0)), false)
      assert.equal(await statusOf(log, 1), 'running')
      assert.equal(await log.transition(1, change('completed', FENCE + 1)), true)
    },
  },
  {
    rule: 'does not let a claimant speak that has given its claim back',
    async holds({ log }) {
      await bring(log, 'enqueued', 1)
      assert.equal(await log.transition(1, change('completed', FENCE)), false)
      assert.equal(await log.transition(1, change('running', FENCE)), false)
      assert.equal(await log.transition(1, change('running', FENCE + 1)), true)
    },
  },
  {
    rule: 'notes progress while the task runs, of its claimant only',
    async holds({ log, clock }) {
      await create(log, 1)
      assert.equal(await log.progress(1, 0, { completion: 1 }), false)
      await log.transition(1, change('running', FENCE))
      assert.equal(await log.progress(1, FENCE - 1, { completion: 1 }), false)
      assert.equal(await log.progress(1, FENCE + 1, { completion: 1 }), false)
      clock.advance(5000)
      assert.equal(await log.progress(1, FENCE, { completion: 1, target: 4, message: 'a' }), true)
      const running = await known(log, 1)
      assert.deepEqual(running.progress, { completion: 1, target: 4, message: 'a' })
      assert.equal(running.updatedAt, clock.time)
      await log.transition(1, change('completed', FENCE))
      assert.equal(await log.progress(1, FENCE, { completion: 4 }), false)
      assert.equal((await known(log, 1)).progress?.completion, 1)
    },
  },
  {
    rule: 'may be initialised again, by several at a time',
    async holds({ log }) {
      await create(log, 1)
      await Promise.all(Array.from({ length: 5 }, () => log.initialise()))
      assert.equal(await statusOf(log, 1), 'enqueued')
    },
  },
]

function without<T extends { readonly result: unknown }>({ result: _result, ...rest }: T): Omit<T, 'result'> {
  return rest
}
