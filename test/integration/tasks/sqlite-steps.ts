/** What `fixtures/store-owner.ts` told of its steps, and whether the store it left behind agrees. */
import assert from 'node:assert/strict'
import { openStore, type Place } from './sqlite-place.ts'

/** Which ids a step was told of. A line that the kill cut short does not count. */
export class Steps {
  readonly #ids = new Map<string, Set<number>>()

  add(told: string): void {
    for (const line of told.split('\n').slice(0, -1)) {
      const [step = '', ...ids] = line.split(' ')
      for (const id of ids) this.ids(step).add(Number(id))
    }
  }

  ids(step: string): Set<number> {
    const known = this.#ids.get(step) ?? new Set()
    this.#ids.set(step, known)
    return known
  }
}

/** Everything that was acknowledged must be there, in the state that was acknowledged. */
export async function assertKept(place: Place, seen: Steps): Promise<void> {
  const store = await openStore(place)
  const { broker } = store
  const waiting = new Set<number>()
  for (const { task } of await broker.reapExpired()) waiting.add(task.id)
  for (const { id, data } of await broker.peek('default', { state: 'ready', limit: 1_000_000 })) {
    assert.deepEqual(data, new Uint8Array([id % 256, 1, 2]))
    waiting.add(id)
  }
  const reports = new Set((await broker.undelivered(0, 1_000_000)).map(({ id }) => id))
  for (const id of seen.ids('E')) {
    assert.ok(waiting.has(id) || reports.has(id) || seen.ids('f').has(id), `task ${id} is there`)
    if (seen.ids('S').has(id)) assert.ok(!waiting.has(id), `task ${id} stays ended`)
    if (!seen.ids('s').has(id)) assert.ok(waiting.has(id), `task ${id} still waits`)
  }
  for (const id of seen.ids('F'))
    assert.ok(!reports.has(id) && !waiting.has(id), `task ${id} stays forgotten`)
  const { ready, running, undelivered } = await broker.counts()
  assert.equal(ready + running, waiting.size)
  assert.equal(undelivered, reports.size)
  await store.close()
}
