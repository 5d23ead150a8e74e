/** One transaction per group: what a fault of the disk, or of one call, does to it. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { DatabaseSync } from 'node:sqlite'
import type { StoreCall, StoreCalls } from '../../../src/tasks/store/calls.ts'
import { openDatabase } from '../../../src/tasks/store/database.ts'
import { type GroupAnswer, GroupRunner } from '../../../src/tasks/store/group.ts'
import { newPlace } from './sqlite-place.ts'

describe('a group', () => {
  it('is undone as a whole when there is no room, and the next one is done when there is', (t) => {
    const { db, ask, kept } = runner()
    t.after(() => db.close())
    db.exec(`PRAGMA max_page_count = ${pageCount(db) + 3}`)
    const answer = ask(['small', 'large'])
    assert.ok('fault' in answer)
    assert.equal(answer.fault.kind, 'place')
    assert.match(answer.fault.reason, /full/)
    assert.equal(db.isTransaction, false)
    assert.deepEqual(names(db), [])
    db.exec('PRAGMA max_page_count = 100000')
    assert.deepEqual(ask(['small', 'large']), { results: [5, 5], refused: [] })
    assert.deepEqual(names(db), ['large', 'small'])
    assert.deepEqual(kept, ['reload', 'save'])
  })

  it('goes on without a call that fails, undone to its beginning', (t) => {
    const { db, ask } = runner()
    t.after(() => db.close())
    const answer = ask(['small', 'half', 'large'])
    assert.ok('results' in answer)
    assert.deepEqual(answer.results, [5, undefined, 5])
    assert.deepEqual(
      answer.refused.map(([index, reason]) => [index, /out of hand/.test(reason)]),
      [[1, true]],
    )
    assert.deepEqual(names(db), ['large', 'small'])
  })

  it('shows each call the clocks of whoever asked', (t) => {
    const { db, ask } = runner()
    t.after(() => db.close())
    assert.deepEqual(ask(['small'], 77), { results: [77], refused: [] })
  })
})

/** Groups whose calls write one queue each; the call `half` fails after it has written. */
function runner() {
  const db = openDatabase(newPlace().file, 'process')
  const times = { now: 0, monotonic: 0 }
  const kept: string[] = []
  const insert = db.prepare('INSERT INTO queue (no, name) VALUES (?, ?)')
  const data = db.prepare('INSERT INTO payload VALUES (?, ?)')
  let no = 0
  const forget = (ids: readonly unknown[]): number => {
    const [name] = ids as readonly string[]
    insert.run(++no, name ?? '')
    if (name === 'large') data.run(no, new Uint8Array(100_000))
    if (name === 'half') throw new Error('out of hand')
    return times.now
  }
  const calls = { forget } as unknown as StoreCalls
  const group = new GroupRunner({
    db,
    calls,
    times,
    kept: [{ save: () => kept.push('save'), reload: () => kept.push('reload') }],
  })
  const ask = (wanted: readonly string[], now = 5): GroupAnswer =>
    group.run(
      wanted.map((name) => ({
        call: ['forget', [name]] as unknown as StoreCall,
        times: { now, monotonic: 0 },
      })),
    )
  return { db, ask, kept }
}

function names(db: DatabaseSync): unknown[] {
  return db
    .prepare('SELECT name FROM queue ORDER BY name')
    .all()
    .map(({ name }) => name)
}

function pageCount(db: DatabaseSync): number {
  return Number(db.prepare('PRAGMA page_count').get()?.['page_count'])
}
