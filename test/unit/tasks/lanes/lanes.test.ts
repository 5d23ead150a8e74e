import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Lane } from '../../../../src/tasks/lanes/lane.ts'
import { Lanes } from '../../../../src/tasks/lanes/lanes.ts'

/** One that starts at once, and runs nothing. */
function lane(number: number, start: () => Promise<void> = async () => {}): Lane {
  const nothing = async (): Promise<void> => {}
  return { number, start, replace: nothing, retire: nothing, stop: nothing } as unknown as Lane
}

const setUp = (): Lanes => new Lanes({ onRoom() {}, onProgress() {} })
const numbers = (lanes: Lanes): number[] => lanes.all().map(({ number }) => number)

describe('the numbers of lanes', () => {
  it('are counted up from 0, also when there are fewer for a while', async () => {
    const lanes = setUp()
    for (const [count, expected] of [
      [3, [0, 1, 2]],
      [1, [0]],
      [2, [0, 1]],
    ] as const) {
      await lanes.resize(count, lane)
      assert.deepEqual(numbers(lanes), expected)
    }
  })

  it('are those of no two lanes, whether lanes are lent first or come later', async () => {
    const lanes = setUp()
    await lanes.set(2, lane)
    const giveBack = await lanes.lend(lane)
    await lanes.set(4, lane)
    await lanes.lend(lane)
    assert.deepEqual(numbers(lanes), [0, 1, 3, 4, 2, 5])
    await giveBack()
    await lanes.resize(5, lane)
    assert.deepEqual(numbers(lanes), [0, 1, 3, 4, 2, 5])
  })

  it('are free again when a lane has not started', async () => {
    const lanes = setUp()
    const failing = (number: number): Lane => lane(number, () => Promise.reject(new Error('no memory')))
    await assert.rejects(lanes.resize(2, failing), /no memory/)
    await assert.rejects(lanes.lend(failing), /no memory/)
    await lanes.resize(1, lane)
    await lanes.lend(lane)
    assert.deepEqual(numbers(lanes), [0, 1])
  })

  it('are not given twice to lanes that start at the same time', async () => {
    const lanes = setUp()
    await Promise.all([lanes.resize(2, lane), lanes.lend(lane), lanes.lend(lane)])
    assert.deepEqual(
      numbers(lanes).toSorted((one, other) => one - other),
      [0, 1, 2, 3],
    )
  })
})
