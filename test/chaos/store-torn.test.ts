/** Files cut at every byte of their last page (R32): the store opens with all that is whole, or says what is wrong. */
import assert from 'node:assert/strict'
import { cpSync, statSync, truncateSync } from 'node:fs'
import { describe, it } from 'node:test'
import { TsrvError } from '../../src/errors.ts'
import { claimedIds, newTask } from '../contract/broker/stage.ts'
import {
  assertWhole,
  crashImageOf,
  inThisThread,
  newPlace,
  openStore,
  type Place,
} from '../integration/tasks/sqlite-place.ts'

const PAGE = 4096
/** Of the log of the database: a page and its header. */
const FRAME = PAGE + 24

const TASKS = 40

describe('a store that was cut', () => {
  it('in its write-ahead log has all tasks of the commits before', async () => {
    const image = await killedPlace()
    const { size } = statSync(`${image.file}-wal`)
    const cut = newPlace()
    let recovered = 0
    for (let length = size - FRAME; length < size; length++) {
      copy(image, cut)
      truncateSync(`${cut.file}-wal`, length)
      const store = await openStore(cut, { startHost: inThisThread })
      const ids = await claimedIds(store.broker)
      await store.close()
      assert.ok(ids.length >= TASKS - 1, `${ids.length} tasks in a log of ${length} of ${size} bytes`)
      assert.deepEqual(
        ids,
        Array.from({ length: ids.length }, (_, index) => index + 1),
      )
      recovered++
    }
    assert.equal(recovered, FRAME)
    assertWhole(cut)
  })

  it('in its main file, closed, is refused', async () => {
    const image = await closedPlace()
    const { size } = statSync(image.file)
    const cut = newPlace()
    for (let length = size - PAGE; length < size; length++) {
      copy(image, cut)
      truncateSync(cut.file, length)
      await assert.rejects(openStore(cut, { startHost: inThisThread }), {
        code: 'TSRV_STORE_INVALID',
        message: /cannot be read.*left as it is/,
      })
    }
  })

  it('in its main file, killed, opens whole or is refused, and never fails otherwise', async () => {
    const image = await killedPlace()
    const { size } = statSync(image.file)
    const cut = newPlace()
    let refused = 0
    for (let length = 0; length < size; length += 61) {
      copy(image, cut)
      truncateSync(cut.file, length)
      try {
        const store = await openStore(cut, { startHost: inThisThread })
        const ids = await claimedIds(store.broker)
        await store.close()
        assert.equal(ids.length, TASKS, `all or nothing at ${length} of ${size} bytes`)
        assertWhole(cut)
      } catch (error) {
        if (!(error instanceof TsrvError))
          throw new Error(`raw error at ${length} of ${size} bytes`, { cause: error })
        assert.equal(error.code, 'TSRV_STORE_INVALID')
        refused++
      }
    }
    console.log(`refused ${refused} of ${size}`)
    assert.ok(refused > 0, 'some cuts are seen')
  })
})

/** The image of a store whose main file has some tasks, and whose log has the rest. */
async function killedPlace(): Promise<Place> {
  const place = await closedPlace(TASKS / 2)
  const store = await openStore(place, { startHost: inThisThread })
  for (let id = TASKS / 2 + 1; id <= TASKS; id++) await store.broker.enqueue([newTask(id)])
  const image = crashImageOf(place)
  await store.close()
  return image
}

async function closedPlace(tasks = TASKS): Promise<Place> {
  const place = newPlace()
  const store = await openStore(place, { startHost: inThisThread })
  for (let id = 1; id <= tasks; id++) await store.broker.enqueue([newTask(id)])
  await store.close()
  return place
}

function copy(from: Place, to: Place): void {
  cpSync(from.folder, to.folder, { recursive: true, force: true })
}
