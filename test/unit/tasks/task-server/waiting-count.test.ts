import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Logger } from '../../../../src/server.ts'
import { WaitingCount } from '../../../../src/tasks/task-server/waiting-count.ts'

function counting(answers: (readonly [ready: number, delayed: number] | Error)[]) {
  const warnings: string[] = []
  const stop = new AbortController()
  const broker = {
    counts: async () => {
      const answer = answers.shift()
      if (answer === undefined || answer instanceof Error) throw answer ?? new Error('asked too often')
      return { ready: answer[0], delayed: answer[1], running: 0, undelivered: 0, dead: 0 }
    },
  }
  const log = { warn: (_fields: object, message: string) => warnings.push(message) } as unknown as Logger
  return { count: new WaitingCount(broker as never, log, stop.signal), warnings, stop }
}

describe('the count of waiting tasks', () => {
  it('is the last one, with a warning, when the store cannot tell', async () => {
    const { count, warnings } = counting([[2, 1], new Error('disk full')])
    assert.equal(await count.read(), 3)
    assert.equal(await count.read(), 3)
    assert.deepEqual(warnings, ['The tasks that wait cannot be counted'])
  })

  it('is the last one, without a question or a warning, once the broker is about to close', async () => {
    const { count, warnings, stop } = counting([[2, 0], new Error('it has been closed')])
    await count.read()
    const underWay = count.read()
    stop.abort()
    assert.equal(await underWay, 2)
    assert.equal(await count.read(), 2)
    assert.deepEqual(warnings, [])
  })
})
