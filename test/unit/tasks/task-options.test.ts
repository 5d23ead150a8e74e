import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { TaskOptions } from '../../../src/server.ts'
import { readTaskOptions, requireId } from '../../../src/tasks/task-options.ts'

describe('the options of a task', () => {
  it('are nothing when nothing was asked for', () => {
    assert.equal(readTaskOptions({}, 'task'), undefined)
    assert.equal(readTaskOptions({ signal: AbortSignal.abort() }, 'task'), undefined)
  })

  it('travel as milliseconds and whole policies', () => {
    const wanted: TaskOptions = {
      delay: '1h',
      priority: -3,
      attempts: 5,
      backoff: 'fixed',
      timeout: 250,
      key: 'k',
      ttl: '1.5s',
      label: 'Mail',
      onCrash: 'fail',
      mode: 'exclusive',
    }
    assert.deepEqual(readTaskOptions(wanted, 'task'), {
      delay: 3_600_000,
      priority: -3,
      attempts: 5,
      backoff: { kind: 'fixed', delay: 1000, longest: 600_000 },
      timeout: 250,
      key: 'k',
      ttl: 1500,
      label: 'Mail',
      onCrash: 'fail',
      mode: 'exclusive',
    })
  })

  it('complete a backoff', () => {
    const backoffOf = (backoff: TaskOptions['backoff']) =>
      readTaskOptions(backoff === undefined ? {} : { backoff }, 'task')?.backoff
    assert.deepEqual(backoffOf({ delay: '2s' }), { kind: 'exponential', delay: 2000, longest: 600_000 })
    assert.deepEqual(backoffOf({ delay: '1h' }), {
      kind: 'exponential',
      delay: 3_600_000,
      longest: 3_600_000,
    })
    assert.deepEqual(backoffOf({ kind: 'fixed', longest: 5 }), { kind: 'fixed', delay: 1000, longest: 5 })
  })

  for (const [option, value] of [
    ['delay', -1],
    ['delay', 'soon'],
    ['delay', Infinity],
    ['priority', 1.5],
    ['attempts', 0],
    ['backoff', { delay: 'x' }],
    ['backoff', { kind: 'linear' }],
    ['backoff', { dely: 1 }],
    ['backoff', []],
    ['timeout', 0],
    ['key', ''],
    ['key', 5],
    ['ttl', 'x'],
    ['label', 'x'.repeat(2000)],
    ['onCrash', 'ignore'],
    ['mode', 'sync'],
    ['dely', 1],
    ['constructor', 1],
  ] as const) {
    it(`are refused with ${option} ${JSON.stringify(value)?.slice(0, 40)}, by name`, () => {
      const wanted = { key: 'k', [option]: value } as TaskOptions
      assert.throws(() => readTaskOptions(wanted, 'submit'), {
        code: 'TSRV_TASK_OPTION_INVALID',
        message: new RegExp(`Option ${option} of submit\\(\\) is .+; expected .+`),
      })
    })
  }

  it('want a key beside a ttl', () =>
    assert.throws(() => readTaskOptions({ ttl: 5 }, 'task'), { message: /a key beside it/ }))
})

describe('the id of a task', () => {
  it('is a number: one out of a URL is refused', () => {
    requireId(7, 'cancel')
    for (const [id, shown] of [
      ['7', "'7'"],
      [1.5, '1.5'],
      [0, '0'],
      [undefined, 'undefined'],
    ] as const) {
      assert.throws(() => requireId(id, 'cancel'), {
        code: 'TSRV_TASK_OPTION_INVALID',
        message: `Option id of cancel() is ${shown}; expected the id of a task, as server.task() returned it.`,
      })
    }
  })
})
