/** The calls about schedules as the store thread runs them. */
import type { DatabaseSync } from 'node:sqlite'
import type { ScheduleCalls } from './calls.ts'
import { prepareAll } from './queue-sql.ts'

const SCHEDULE_SQL = {
  all: 'SELECT name, last FROM schedule',
  set: 'INSERT INTO schedule (name, last) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET last = excluded.last',
} as const

export function scheduleCalls(db: DatabaseSync): ScheduleCalls {
  const sql = prepareAll(db, SCHEDULE_SQL)
  return {
    lastTicks: () => sql.all.all() as unknown as [name: string, last: number][],
    setLastTick(name, last) {
      sql.set.run(name, last)
    },
  }
}
