import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ReloadMemory } from '../../../src/entry/last-reload.ts'
import { TsrvError } from '../../../src/errors.ts'

const report = { generation: 2, replaced: ['http 0'], warnings: [] }

describe('the last reload', () => {
  it('is nothing before the first one', () => {
    assert.equal(new ReloadMemory().last, undefined)
  })

  it('is running, then done: by whom, since when, how long, with which code', async () => {
    const memory = new ReloadMemory()
    const over = Promise.withResolvers<typeof report>()
    const before = Date.now()
    const reload = memory.remember('SIGHUP', { only: 'tasks' }, () => over.promise)
    const { at = '', ...running } = memory.last ?? {}
    assert.deepEqual(running, { by: 'SIGHUP', only: 'tasks', result: 'running' })
    assert.ok(Date.parse(at) >= before && Date.parse(at) <= Date.now())
    over.resolve(report)
    assert.equal(await reload, report)
    const { durationMs = -1, ...done } = memory.last ?? {}
    assert.deepEqual(done, { at, by: 'SIGHUP', only: 'tasks', result: 'done', generation: 2 })
    assert.ok(Number.isInteger(durationMs) && durationMs >= 0)
  })

  it('has failed with the reason, which whoever asked hears, too', async () => {
    const memory = new ReloadMemory()
    const error = new TsrvError('RELOAD_FAILED', { reason: 'no such module' })
    const fail = (): Promise<never> => Promise.reject(error)
    await assert.rejects(memory.remember('tsrv reload', {}, fail), error)
    assert.deepEqual([memory.last?.result, memory.last?.reason], ['failed', 'no such module'])
    await memory.remember('watch', {}, () => Promise.resolve(report))
    assert.deepEqual(
      [memory.last?.by, memory.last?.result, memory.last?.reason],
      ['watch', 'done', undefined],
    )
  })
})
