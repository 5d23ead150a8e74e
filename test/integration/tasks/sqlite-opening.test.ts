/** What stands in the way of a store when it is opened, and what each message says. */
import assert from 'node:assert/strict'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, it } from 'node:test'
import { openDatabase } from '../../../src/tasks/store/database.ts'
import { MIGRATIONS } from '../../../src/tasks/store/migrations.ts'
import { prepareQueue, STATE } from '../../../src/tasks/store/queue-sql.ts'
import { claimedIds, newTask } from '../../contract/broker/stage.ts'
import { until } from '../../until.ts'
import { startOwner } from './sqlite-owner.ts'
import { assertWhole, crashImageOf, newPlace, openStore, type Place } from './sqlite-place.ts'

describe('a new store', () => {
  it('is readable for its user alone, and in its newest version', async () => {
    const place = newPlace()
    const store = await openStore(place)
    await store.broker.enqueue([newTask(1)])
    for (const suffix of ['', '-wal']) assert.equal(statSync(place.file + suffix).mode & 0o777, 0o600)
    assert.equal(existsSync(`${place.file}-shm`), false)
    await store.close()
    assert.equal(existsSync(`${place.file}-wal`), false)
    assert.equal(versionOf(place), MIGRATIONS.length)
  })

  it('takes rights from others that they had on the file', async () => {
    const place = await filledPlace()
    chmodSync(place.file, 0o644)
    await openStore(place)
    assert.equal(statSync(place.file).mode & 0o777, 0o600)
  })
})

describe('the statements of the queue', () => {
  it('find their rows by an index: a million tasks must not stop the store', (t) => {
    const db = openDatabase(newPlace().file, 'process')
    t.after(() => db.close())
    const { peekReady, queues, counters, ...statements } = prepareQueue(db)
    // The first ones that are ready are near; there are few queues, and one row of counters.
    assert.ok([peekReady, queues, counters].every(({ sourceSQL }) => plan(db, sourceSQL).length > 0))
    for (const [name, { sourceSQL }] of Object.entries(statements)) {
      const steps = plan(db, sourceSQL).filter((step) => /\btask(?:_\w+)?\b|payload|\blog\b/.test(step))
      assert.deepEqual(
        steps.filter((step) => step.startsWith('SCAN') && !/INDEX task_(?:held|delayed)/.test(step)),
        [],
        name,
      )
      // By the primary key alone a search passes all tasks that come after.
      if (/state =/.test(sourceSQL)) {
        assert.deepEqual(
          steps.filter((step) => step.includes('rowid>?')),
          [],
          name,
        )
      }
    }
  })
})

describe('a store of an older version', () => {
  for (const [version] of MIGRATIONS.entries()) {
    it(`is brought forward from version ${version}`, async () => {
      const place = placeOfVersion(version)
      const store = await openStore(place)
      await store.broker.enqueue([newTask(1)])
      await store.close()
      assert.equal(versionOf(place), MIGRATIONS.length)
      assertWhole(place)
    })
  }

  it('has no claims made ahead, and counted delayed suspects as well, in version 1', async () => {
    const place = placeOfVersion(1)
    const rows = [
      { id: 1, state: STATE.ready, suspect: 1 },
      { id: 2, state: STATE.delayed, suspect: 1 },
      { id: 3, state: STATE.running, suspect: 0 },
    ]
    raw(
      place,
      `INSERT INTO queue (no, name, ready, delayed, running, suspects, bytes) VALUES (1, 'default', 1, 1, 1, 2, 6);
      UPDATE counter SET turn = 3, fence = 1, session = 1`,
      ...rows.map(({ id, state, suspect }) => {
        const { data, ...envelope } = newTask(id).task
        return `INSERT INTO task (id, queue, state, priority, turn, due_at, suspect, attempt, crashes, fence, session,
          size, envelope)
          VALUES (${id}, 1, ${state}, 0, ${id}, ${Date.now() + 60_000}, ${suspect}, 1, 0, 1, 1, ${data.length},
          '${JSON.stringify(envelope)}')`
      }),
    )
    const store = await openStore(place)
    const { ready, delayed, suspects } = await store.broker.counts()
    assert.deepEqual({ ready, delayed, suspects }, { ready: 1, delayed: 1, suspects: 1 })
    const reaped = await store.broker.reapExpired()
    assert.deepEqual(
      reaped.map(({ task, crashes }) => [task.id, crashes]),
      [[3, 1]],
    )
    await store.close()
    assertWhole(place)
  })
})

describe('a store that cannot be opened', () => {
  it('was written by a newer tsrv: that one is asked for, and nothing is changed', async () => {
    const place = await filledPlace()
    raw(place, `PRAGMA user_version = ${MIGRATIONS.length + 1}`)
    const before = readFileSync(place.file)
    await assert.rejects(openStore(place), {
      code: 'TSRV_STORE_TOO_NEW',
      message: new RegExp(`${place.file} has version ${MIGRATIONS.length + 1}.* Install the newer tsrv`),
    })
    assert.ok(before.equals(readFileSync(place.file)))
  })

  it('is a database of another program: it stays as it is', async () => {
    const place = newPlace()
    raw(place, 'CREATE TABLE theirs (x)')
    const before = readFileSync(place.file)
    await assert.rejects(openStore(place), {
      code: 'TSRV_STORE_INVALID',
      message: /database of another program/,
    })
    assert.ok(before.equals(readFileSync(place.file)))
  })

  it('is no database at all', async () => {
    const place = newPlace()
    writeFileSync(place.file, 'x'.repeat(5000))
    await assert.rejects(openStore(place), {
      code: 'TSRV_STORE_INVALID',
      message: new RegExp(`${place.file} cannot be read: file is not a database.*move it`),
    })
  })

  it('has been cut', async () => {
    const place = await filledPlace(200)
    truncateSync(place.file, statSync(place.file).size - 5000)
    await assert.rejects(openStore(place), {
      code: 'TSRV_STORE_INVALID',
      message: /restore it from a backup/,
    })
  })

  it('was overwritten in the middle while its owner was killed', async () => {
    const place = newPlace()
    const store = await openStore(place)
    await store.broker.enqueue(Array.from({ length: 500 }, (_, index) => newTask(index + 1)))
    await store.close()
    const again = await openStore(place)
    await again.broker.enqueue([newTask(1000)])
    const image = crashImageOf(place)
    const bytes = readFileSync(image.file)
    bytes.fill(0x5a, 4096 * 3, bytes.length - 4096)
    writeFileSync(image.file, bytes)
    await assert.rejects(openStore(image), { code: 'TSRV_STORE_INVALID' })
  })

  it('is in the hands of another process, which is named', async () => {
    const place = newPlace()
    const owner = startOwner(place)
    try {
      await until(() => owner.told().includes('open'), 'the owner', owner.errors)
      await assert.rejects(openStore(place), {
        code: 'TSRV_STORE_LOCKED',
        message: new RegExp(
          `${place.file} is in use by another process${process.platform === 'linux' ? ` \\(pid ${owner.process.pid}\\)` : ''}\\. Stop`,
        ),
      })
    } finally {
      owner.process.kill('SIGKILL')
    }
  })

  it('is in the hands of this very process', async () => {
    const place = newPlace()
    const { broker } = await openStore(place)
    await assert.rejects(openStore(place), { code: 'TSRV_STORE_LOCKED' })
    await broker.enqueue([newTask(1)])
    assert.deepEqual(await claimedIds(broker), [1], 'the owner goes on')
  })

  it('lies in a folder that is not there', async () => {
    const { folder } = newPlace()
    await assert.rejects(openStore({ folder, file: path.join(folder, 'missing', 'tasks.db') }), {
      code: 'TSRV_STORE_UNUSABLE',
      message: /ENOENT.*Make its folder writable/,
    })
  })

  it(
    'lies in a folder that cannot be written',
    { skip: process.getuid?.() === 0 && 'root writes anywhere' },
    async () => {
      const { folder } = newPlace()
      const locked = path.join(folder, 'locked')
      mkdirSync(locked, 0o500)
      await assert.rejects(openStore({ folder, file: path.join(locked, 'tasks.db') }), {
        code: 'TSRV_STORE_UNUSABLE',
      })
    },
  )

  it('is a folder', async () => {
    const { folder } = newPlace()
    await assert.rejects(openStore({ folder, file: folder }), { code: 'TSRV_STORE_UNUSABLE' })
  })
})

async function filledPlace(tasks = 1): Promise<Place> {
  const place = newPlace()
  const store = await openStore(place)
  await store.broker.enqueue(Array.from({ length: tasks }, (_, index) => newTask(index + 1)))
  await store.close()
  return place
}

/** As that version of the store left it, without tasks. */
function placeOfVersion(version: number): Place {
  const place = newPlace()
  raw(place, ...MIGRATIONS.slice(0, version), `PRAGMA user_version = ${version}`)
  if (version > 0) raw(place, 'PRAGMA application_id = 0x74737276')
  return place
}

function raw({ file }: Place, ...statements: readonly string[]): void {
  const db = new DatabaseSync(file)
  for (const sql of statements) db.exec(sql)
  db.close()
}

function plan(db: DatabaseSync, sql: string): string[] {
  return db
    .prepare(`EXPLAIN QUERY PLAN ${sql}`)
    .all()
    .map(({ detail }) => String(detail))
}

function versionOf({ file }: Place): unknown {
  const db = new DatabaseSync(file)
  const version = db.prepare('PRAGMA user_version').get()?.['user_version']
  db.close()
  return version
}
