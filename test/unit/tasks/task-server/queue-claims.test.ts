/** Claiming from a store that is out of order. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { TsrvError } from '../../../../src/errors.ts'
import type { Logger } from '../../../../src/server.ts'
import type { Broker, Claim } from '../../../../src/tasks/broker.ts'
import { type Claimed, QueueClaims } from '../../../../src/tasks/task-server/queue-claims.ts'
import { EQUAL_QUEUES } from '../../../../src/tasks/task-server/queue-demand.ts'
import { until } from '../../../until.ts'

const CLAIM = { attempt: 1 } as Claim

/** A broker that gives a task after these failures. */
function claimsAfter(...failures: Error[]): {
  claim: () => Promise<Claimed>
  complaints: string[]
  again: number[]
} {
  const complaints: string[] = []
  const again: number[] = []
  const broker = {
    claim: async () => {
      const failure = failures.shift()
      if (failure !== undefined) throw failure
      return [CLAIM]
    },
  } as unknown as Broker
  const claims = new QueueClaims({
    broker,
    queues: () => EQUAL_QUEUES,
    log: { error: (_: object, message: string) => complaints.push(message) } as unknown as Logger,
    signal: new AbortController().signal,
    onAgain: () => again.push(complaints.length),
  })
  return {
    claim: () =>
      claims.carryOut(
        claims.plan(() => 1),
        1,
      ),
    complaints,
    again,
  }
}

describe('S4: a queue that cannot be read', () => {
  it('is asked until it gives what it has, and each failure is logged', async () => {
    const away = (): Error =>
      new TsrvError('BROKER_UNAVAILABLE', { broker: 'sqlite', place: 'a.db', reason: 'full' })
    const { claim, complaints } = claimsAfter(away(), away())
    assert.deepEqual((await claim()).claims, [CLAIM])
    assert.deepEqual(complaints, ['Tasks cannot be claimed', 'Tasks cannot be claimed'])
  })

  it('is left alone for a while when it refuses for another reason, and then asked again', async () => {
    const { claim, complaints, again } = claimsAfter(new TypeError('a bug'))
    assert.deepEqual((await claim()).claims, [])
    assert.deepEqual(complaints, ['Tasks cannot be claimed'])
    assert.deepEqual(await claim(), { claims: [], ahead: [] }, 'not at once')
    await until(() => again.length === 1, 'another look')
    assert.deepEqual((await claim()).claims, [CLAIM])
  })
})
