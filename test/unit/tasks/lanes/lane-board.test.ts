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

  it('T28: is one for nothing but its queue, then any of the others', () => {
    const all = [{ room: 1 }, { room: 1, queue: 'mail' }, { room: 1 }] as Lane[]
    const lanes = new LaneBoard(() => all)
    assert.deepEqual([lanes.room, lanes.size, [...lanes.ownRoom]], [2, 2, [['mail', 1]]])
    const place = (queue: string, onlyOwn = false): number =>
      all.indexOf(lanes.take(false, { queue, onlyOwn }) as Lane)
    const places = [place('mail'), place('mail', true), place('mail'), place('other'), place('other')]
    assert.deepEqual(places, [1, -1, 0, 2, -1])
    assert.deepEqual([lanes.room, [...lanes.ownRoom]], [0, []])
  })

  it('is an idle one for a task that must be alone, and then nobody else gets it', () => {
    const { board: lanes, take, all } = board(2, 2)
    assert.deepEqual([take(), take(true), take(), take(true), take()], [0, 1, 0, undefined, undefined])
    lanes.leave(all[1]!)
    assert.equal(take(true), 1)
  })
})
