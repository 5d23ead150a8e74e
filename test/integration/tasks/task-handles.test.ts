/** Tasks that are followed and cancelled through the handle of `submit`. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { TsrvError } from '../../../src/errors.ts'
import { until } from '../../until.ts'
import { Gate, house, makeClient, settle, startTaskServer } from './task-house.ts'

describe('submit', () => {
  it('S5, S6: tells when the task is stored, how far it is and how it ended', async () => {
    const { client } = await house(1, ({ progress }) => {
      progress(1)
      progress(2)
      return 'value'
    })
    const handle = client.submit(1)
    await handle.accepted
    const progress = await Array.fromAsync(handle.progress)
    assert.deepEqual(progress, [{ completion: 1 }, { completion: 2 }])
    const report = {
      id: handle.id,
      state: 'completed',
      value: 'value',
      duration: 1,
      attempt: 1,
      redelivered: false,
    }
    assert.deepEqual(await handle.done, report)
  })

  it('keeps the newest 1000 reports of progress for a reader that comes late', async () => {
    const { client } = await house(1, ({ progress }) => {
      for (let completion = 1; completion <= 1500; completion++) progress(completion)
    })
    const handle = client.submit(1)
    await handle.done
    const progress = await Array.fromAsync(handle.progress)
    assert.deepEqual(
      [progress.length, progress[0], progress.at(-1)?.completion],
      [1000, { completion: 501 }, 1500],
    )
  })

  it('S5: resolves `done` for a failure as well', async () => {
    const { client } = await house(1, () => {
      throw new Error('no')
    })
    const report = await client.submit(1).done
    assert.equal(report.state, 'failed')
    assert.equal(report.error?.message, 'no')
    assert.equal('value' in report, false)
  })

  it('cancels a task that waits: it never runs', async () => {
    const gate = new Gate()
    const { client } = await house(1, ({ id }) => gate.pass(id))
    client.task('first')
    const second = client.submit('second')
    await until(() => gate.entered.length === 1, 'the first task')
    second.cancel()
    const report = await second.done
    assert.equal(report.state, 'cancelled')
    assert.equal((report.error as TsrvError).code, 'TSRV_TASK_CANCELLED')
    gate.openAll()
    await settle()
    assert.equal(gate.entered.length, 1)
  })

  it('cancels a task that runs through its signal', async () => {
    const { client } = await house(1, ({ signal, progress }) => {
      progress(1)
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('stopped'))))
    })
    const handle = client.submit(1)
    for await (const _ of handle.progress) handle.cancel()
    assert.equal((await handle.done).state, 'cancelled')
  })

  it('S5: cancels when the given signal aborts', async () => {
    const gate = new Gate()
    const { client } = await house(1, ({ id }) => gate.pass(id))
    client.task('first')
    const abort = new AbortController()
    const { done } = client.submit('second', { signal: abort.signal })
    abort.abort()
    assert.equal((await done).state, 'cancelled')
    gate.openAll()
  })

  it('sends nothing for a signal that has aborted already', async () => {
    const { client, finished } = await house(1, () => 1)
    assert.throws(() => client.submit(1, { signal: AbortSignal.abort() }), { name: 'AbortError' })
    await settle()
    assert.equal(finished.length, 0)
  })

  it('remembers a cancellation that was asked for while there was no line', async () => {
    const started: number[] = []
    const { client, join } = makeClient(0)
    const first = client.submit(1)
    const second = client.submit(2)
    second.cancel()
    join(await startTaskServer(1, ({ id }) => started.push(id)))
    assert.equal((await second.done).state, 'cancelled')
    await first.done
    assert.deepEqual(started, [first.id])
  })
})
