/** Claims that wait for a lane. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Claim } from '../../../../src/tasks/broker.ts'
import { LaneBoard } from '../../../../src/tasks/lanes/lane-board.ts'
import type { Lane } from '../../../../src/tasks/lanes/lane.ts'
import { ParkedClaims } from '../../../../src/tasks/task-server/parked-claims.ts'

function parked(...claims: readonly [id: number, queue: string, crashes?: number][]): ParkedClaims {
  const made = new ParkedClaims()
  for (const [id, queue, crashes = 0] of claims) {
    made.add({ task: { id, queue, policy: {} }, crashes } as Claim)
  }
  return made
}

/** `task in lane` of those that were seated. */
function seated(claims: ParkedClaims, lanes: readonly Partial<Lane>[]): string[] {
  const board = new LaneBoard(() => lanes as readonly Lane[])
  return claims.seat(board).map(({ claim, lane }) => `${claim.task.id} in ${lanes.indexOf(lane)}`)
}

const ids = (claims: readonly Claim[]): number[] => claims.map(({ task }) => task.id)

describe('parked claims', () => {
  it('are seated in their order, as many as there is room for', () => {
    const claims = parked([1, 'a'], [2, 'b'], [3, 'a'])
    assert.deepEqual(seated(claims, [{ room: 1 }, { room: 1 }]), ['1 in 0', '2 in 1'])
    assert.deepEqual([claims.count, ids(claims.take())], [1, [3]])
  })

  it('are held up by one that needs a lane for itself', () => {
    const claims = parked([1, 'a'], [2, 'a', 1], [3, 'a'])
    assert.deepEqual(seated(claims, [{ room: 2 }]), ['1 in 0'])
    assert.deepEqual(ids(claims.take()), [2, 3])
  })

  it('T28: are not held up where lanes run nothing but their queue', () => {
    const claims = parked([1, 'a'], [2, 'a'], [3, 'mail'], [4, 'mail'], [5, 'a'])
    const lanes = [{ room: 1 }, { room: 1, queue: 'mail' }]
    assert.deepEqual(seated(claims, lanes), ['1 in 0', '3 in 1'])
    assert.deepEqual(ids(claims.take()), [2, 4, 5])
  })

  it('are taken out by what they are, or from one on', () => {
    const claims = parked([1, 'a'], [2, 'b'], [3, 'a'], [4, 'b'])
    assert.deepEqual(ids(claims.take(({ task }) => task.id === 2)), [2])
    assert.deepEqual(ids(claims.takeFrom(({ task }) => task.id === 3)), [3, 4])
    assert.deepEqual(ids(claims.takeFrom(({ task }) => task.id === 3)), [])
    assert.deepEqual([claims.count, ids(claims.take())], [1, [1]])
  })
})
