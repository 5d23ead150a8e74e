/** Stores in temporary folders, with whatever clock a test needs. */
import assert from 'node:assert/strict'
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after } from 'node:test'
import type { StartHost } from '../../../src/tasks/store/store-host.ts'
import { SqliteStore, type SqliteStoreOptions } from '../../../src/tasks/store/sqlite-store.ts'
import { serveStore } from '../../../src/tasks/store/store-thread.ts'

export interface Place {
  readonly folder: string
  readonly file: string
}

const folders: string[] = []
const stores = new Set<SqliteStore>()

after(async () => {
  await Promise.all([...stores].map((store) => store.close()))
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

export function newPlace(): Place {
  const folder = mkdtempSync(path.join(tmpdir(), 'tsrv-store-'))
  folders.push(folder)
  return { folder, file: path.join(folder, 'tasks.db') }
}

export async function openStore(
  { file }: Place = newPlace(),
  options: Partial<SqliteStoreOptions> = {},
): Promise<SqliteStore> {
  const store = await SqliteStore.open(file, { durability: 'process', ...options })
  stores.add(store)
  void store.closed.then(() => stores.delete(store))
  return store
}

/** What is on the disk at this moment, as a new owner would find it after a SIGKILL of this one. */
export function crashImageOf({ file }: Place): Place {
  const image = newPlace()
  for (const suffix of ['', '-wal']) {
    if (existsSync(file + suffix)) copyFileSync(file + suffix, image.file + suffix)
  }
  return image
}

/** Leases run on the same fake clock as everything else. */
export function onClock(now: () => number): Partial<SqliteStoreOptions> {
  return { clock: { now, monotonic: now } }
}

/** Without the 30 ms that a thread takes to start; everything still passes through a port. */
export const inThisThread: StartHost = (port, boot, { onExit }) => {
  port.on('close', () => onExit(0))
  serveStore(port, boot)
  return { terminate: () => port.close() }
}

/** Fails unless the file is sound and the counts it keeps are those of its rows. */
export function assertWhole({ file }: Place): void {
  const db = new DatabaseSync(file)
  try {
    assert.equal(db.prepare('PRAGMA integrity_check').get()?.['integrity_check'], 'ok')
    assert.deepEqual(db.prepare(KEPT_COUNTS).all(), db.prepare(REAL_COUNTS).all())
    assert.equal(db.prepare(STRAY_DATA).get()?.['stray'], 0)
  } finally {
    db.close()
  }
}

const KEPT_COUNTS = `SELECT no, ready, delayed, running, undelivered, dead, suspects, bytes FROM queue ORDER BY no`

const REAL_COUNTS = `SELECT no,
  count(*) FILTER (WHERE state = 0) AS ready, count(*) FILTER (WHERE state = 1) AS delayed,
  count(*) FILTER (WHERE state = 2) AS running, count(*) FILTER (WHERE state = 3) AS undelivered,
  count(*) FILTER (WHERE state = 4) AS dead, count(*) FILTER (WHERE state = 0 AND suspect) AS suspects,
  coalesce(sum(size) FILTER (WHERE state < 2), 0) AS bytes
  FROM queue LEFT JOIN task ON task.queue = no GROUP BY no ORDER BY no`

const STRAY_DATA = `SELECT count(*) AS stray FROM payload
  WHERE id NOT IN (SELECT id FROM task) AND id NOT IN (SELECT id FROM log)`
