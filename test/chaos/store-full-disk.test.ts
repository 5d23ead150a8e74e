/** A disk without room (R30): the store rejects and never acknowledges falsely, and goes on when there is room again. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { claim, claimedIds, COMPLETED, newTask } from '../contract/broker/stage.ts'
import { assertWhole, newPlace, openStore, type Place } from '../integration/tasks/sqlite-place.ts'

const canMount = process.getuid?.() === 0 && process.platform === 'linux'

describe('a disk without room', { skip: !canMount && 'mounting a small disk takes root on Linux' }, () => {
  for (const kib of [256, 1024]) {
    describe(`of ${kib} KiB`, () => {
      let place: Place
      before(() => {
        place = newPlace()
        mount('-t', 'tmpfs', '-o', `size=${kib}k`, 'tmpfs', place.folder)
      })
      after(() => void spawnSync('umount', [place.folder]))

      it('makes calls fail until there is room again', async () => {
        const store = await openStore(place)
        const { broker } = store
        const accepted: number[] = []
        const fill = async (): Promise<never> => {
          for (let id = 1; ; id++) {
            await broker.enqueue([newTask(id, { data: new Uint8Array(5000).fill(id) })])
            accepted.push(id)
          }
        }
        const refusal: unknown = await fill().catch((error: unknown) => error)
        assert.match(String(refusal), /Broker "sqlite" .* cannot keep tasks now: .*full/)
        assert.equal((refusal as { code: string }).code, 'TSRV_BROKER_UNAVAILABLE')
        await assert.rejects(broker.enqueue([newTask(20_000, { data: new Uint8Array(5000) })]), {
          code: 'TSRV_BROKER_UNAVAILABLE',
        })
        assert.equal((await broker.counts()).ready, accepted.length)

        mount('-o', `remount,size=${kib * 16}k`, place.folder)
        await broker.enqueue([newTask(30_000)])
        const [first] = await claim(broker, 1)
        assert.ok(first !== undefined)
        assert.equal(await broker.settle(first, COMPLETED), 'ok')
        assert.deepEqual(await claimedIds(broker, 10_000), [...accepted.slice(1), 30_000])
        await store.close()
        assertWhole(place)
      })
    })
  }

  it('keeps a store from being made, with a message', async () => {
    const place = newPlace()
    mount('-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', place.folder)
    try {
      writeFileSync(path.join(place.folder, 'filler'), new Uint8Array(60 * 1024))
      await assert.rejects(openStore(place), { code: 'TSRV_STORE_UNUSABLE', message: /full/ })
    } finally {
      spawnSync('umount', [place.folder])
    }
  })
})

function mount(...args: string[]): void {
  const { status, stderr } = spawnSync('mount', args, { encoding: 'utf8' })
  assert.equal(status, 0, stderr)
}
