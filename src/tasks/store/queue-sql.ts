/** The statements of the queue. Each is prepared once; states are written out, or no partial index would be used. */
import type { DatabaseSync, StatementSync } from 'node:sqlite'

/** How `state` is written in the table `task`. */
export const STATE = { ready: 0, delayed: 1, running: 2, ended: 3, dead: 4 } as const

const { ready, delayed, running, ended, dead } = STATE

// SQLite does not see that `state = 3` is a case of `state >= 2`, the condition of this index.
const IN_HELD = (state: number): string => `INDEXED BY task_held WHERE state >= 2 AND state = ${state}`

const ABANDONED = `${IN_HELD(running)} AND (session NOT IN (?1, -?1) OR lease_until <= ?2)`
const HELD = `id = ? AND fence = ? AND state = ${running}`
const DATA = '(SELECT data FROM payload WHERE payload.id = task.id)'
const ENVELOPE = `envelope, ${DATA}`
const CLAIM = `${ENVELOPE}, priority, turn, attempt, crashes, suspect, fence`

const QUEUE_SQL = {
  insert: `INSERT INTO task (id, queue, state, priority, turn, due_at, suspect, attempt, crashes, size, envelope)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
  insertData: 'INSERT INTO payload (id, data) VALUES (?, ?) ON CONFLICT DO NOTHING',
  isKnown: 'SELECT 1 FROM task WHERE id = ?',
  claim: `UPDATE task SET state = ${running}, attempt = attempt + 1, fence = ?, session = ?,
      ahead = ?, lease_ms = ?, lease_until = ?
    WHERE id IN (SELECT id FROM task WHERE state = ${ready} AND queue = ? AND suspect = ?
      ORDER BY priority DESC, turn LIMIT ?)
    RETURNING ${CLAIM}, size`,
  begin: `UPDATE task SET ahead = 0 WHERE ${HELD}`,
  renew: `UPDATE task SET lease_ms = ?, lease_until = ? WHERE ${HELD}`,
  settle: `UPDATE task SET state = ${ended}, failed = ?, end = ?, result = ? WHERE ${HELD}`,
  dropData: 'DELETE FROM payload WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM log WHERE id = ?1)',
  held: `SELECT due_at, suspect, size FROM task WHERE ${HELD}`,
  release: `UPDATE task SET state = ?, due_at = ?, attempt = attempt - ?, crashes = crashes + ? WHERE id = ?`,
  find: `SELECT state, queue, suspect, size, ${ENVELOPE} FROM task WHERE id = ?`,
  cancel: `UPDATE task SET state = ${ended}, failed = ?, end = ?, result = ? WHERE id = ?`,
  forget: `DELETE FROM task WHERE id = ? AND state = ${ended} AND failed = 0 RETURNING queue`,
  bury: `UPDATE task SET state = ${dead}, end = NULL, result = NULL WHERE id = ? AND state = ${ended} RETURNING queue`,
  undelivered: `SELECT envelope, end, result FROM task ${IN_HELD(ended)} AND id > ? ORDER BY id LIMIT ?`,
  putBack: `UPDATE task SET state = ${ready} WHERE id IN (SELECT id FROM task ${ABANDONED} AND ahead = 1)
    RETURNING queue, suspect, size`,
  abandoned: `SELECT id, session < 0 AND session <> -?1 FROM task ${ABANDONED}`,
  reap: `UPDATE task SET crashes = crashes + ?, suspect = 1, fence = ?, session = ?, lease_until = lease_ms + ?
    WHERE id = ? RETURNING ${CLAIM}`,
  due: `UPDATE task SET state = ${ready} WHERE id IN
    (SELECT id FROM task WHERE state = ${delayed} AND due_at <= ? ORDER BY due_at LIMIT ?) RETURNING queue, suspect`,
  nextDue: `SELECT min(due_at) FROM task WHERE state = ${delayed}`,
  nextPriority: `SELECT priority FROM task WHERE state = ${ready} AND queue = ? AND suspect = ? AND priority < ?
    ORDER BY priority DESC LIMIT 1`,
  oldest: `SELECT min(due_at) FROM (SELECT due_at FROM task WHERE state = ${ready} AND queue = ? AND suspect = ?
    AND priority = ? ORDER BY turn LIMIT ?)`,
  deadOf: `SELECT id, envelope, size, turn FROM task ${IN_HELD(dead)} AND queue = ?`,
  deadOne: `SELECT id, envelope, size, turn FROM task WHERE state = ${dead} AND queue = ? AND id = ?`,
  revive: `UPDATE task SET state = ${ready}, attempt = 0, crashes = 0, suspect = 0, failed = 0, turn = ?, due_at = ?
    WHERE id = ?`,
  oldestDead: `SELECT id FROM task ${IN_HELD(dead)} AND queue = ? ORDER BY id LIMIT ?`,
  remove: 'DELETE FROM task WHERE id = ?',
  peekReady: peek(`WHERE state = ${ready}`),
  peekDelayed: peek(`INDEXED BY task_delayed WHERE state = ${delayed}`),
  peekRunning: peek(IN_HELD(running)),
  peekDead: peek(IN_HELD(dead)),
  keyHolder: 'SELECT id, until FROM task_key WHERE key = ?',
  holdKey: 'INSERT OR REPLACE INTO task_key (key, id, until) VALUES (?, ?, NULL)',
  keepKey: 'UPDATE task_key SET until = ? WHERE key = ? AND id = ?',
  freeKey: 'DELETE FROM task_key WHERE key = ? AND id = ?',
  expireKeys: `DELETE FROM task_key WHERE key IN
    (SELECT key FROM task_key WHERE until IS NOT NULL AND until <= ? LIMIT ?)`,
  nextSession: 'UPDATE counter SET session = session + 1 RETURNING session',
  counters: 'SELECT fence, turn FROM counter',
  saveCounters: 'UPDATE counter SET fence = ?, turn = ?',
  queues:
    'SELECT no, name, paused_until, ready, suspects, delayed, running, undelivered, dead, bytes FROM queue',
  addQueue: 'INSERT INTO queue (no, name) VALUES (?, ?)',
  saveQueue: `UPDATE queue SET paused_until = ?, ready = ?, suspects = ?, delayed = ?, running = ?, undelivered = ?,
    dead = ?, bytes = ? WHERE no = ?`,
} as const

function peek(where: string): string {
  return `SELECT ${ENVELOPE} FROM task ${where} AND queue = ? AND id > ? ORDER BY id LIMIT ?`
}

export type QueueStatements = Readonly<Record<keyof typeof QUEUE_SQL, StatementSync>>

export function prepareQueue(db: DatabaseSync): QueueStatements {
  return prepareAll(db, QUEUE_SQL)
}

/** Rows come as arrays: nobody looks up the names of columns for each of them. */
export function prepareAll<Name extends string>(
  db: DatabaseSync,
  sql: Readonly<Record<Name, string>>,
): Record<Name, StatementSync> {
  const prepared = Object.entries<string>(sql).map(([name, text]) => {
    const statement = db.prepare(text)
    statement.setReturnArrays(true)
    return [name, statement] as const
  })
  return Object.fromEntries(prepared) as Record<Name, StatementSync>
}
