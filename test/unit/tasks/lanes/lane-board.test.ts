import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { LaneBoard } from '../../../../src/tasks/lanes/lane-board.ts'
import type { Lane } from '../../../../src/tasks/lanes/lane.ts'

/** As many lanes, each with room for so many tasks. */
function board(
  lanes: number,
  room: number,
): { board: LaneBoard; take: (alone?: boolean) => number | undefined; all: Lane[] } {
  const all = Array.from({ length: lanes }, (_, number) => ({ number, room }) as Lane)
  const made = new LaneBoard(() => all)
  return { board: made, take: (alone = false) => made.take(alone)?.number, all }
}

describe('the lane for a task', () => {
  it('is the one with the fewest tasks, so that none shares a thread while another is idle', () => {
    const { take } = board(3, 2)
    assert.deepEqual([take(), take(), take(), take(), take(), take(), take()], [0, 1, 2, 0, 1, 2, undefined])
  })

  it('is an idle one for a task that must be alone, and then nobody else gets it', () => {
    const { board: lanes, take, all } = board(2, 2)
    assert.deepEqual([take(), take(true), take(), take(true), take()], [0, 1, 0, undefined, undefined])
    lanes.leave(all[1]!)
    assert.equal(take(true), 1)
  })
})
