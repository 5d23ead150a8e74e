/** The task log as the store thread runs it: every call is part of a transaction that `group.ts` opens and ends. */
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { archiveRefusal, type TaskStatus } from '../task-log/statuses.ts'
import type { LogCalls, Sql } from './calls.ts'
import type { LogStatements } from './log-sql.ts'

/** Statements of queries that are kept prepared; people ask few different ones. */
const KEPT_QUERIES = 50

/** Where the parent stands in a row of `create` after data and id, and the time in one of `transition`. */
const PARENT_COLUMN = 5
const AT = 2

export function logCalls(db: DatabaseSync, sql: LogStatements): LogCalls {
  const queries = new Map<string, StatementSync>()
  const prune = pruning(sql)
  return {
    create(rows) {
      for (const [data, id, ...columns] of rows) {
        if (sql.insert.run(id, ...columns).changes === 0) continue
        sql.insertData.run(id, data)
        const parent = columns[PARENT_COLUMN]
        if (typeof parent === 'number') sql.countChild.run(parent)
      }
    },

    transition(to, row, parent) {
      const isMade = sql.transition[to].run(...row).changes === 1
      if (isMade && parent !== null) settleParents(sql, parent, row[AT])
      return isMade
    },

    progress: (id, fence, progress, at) => sql.progress.run(progress, at, id, fence).changes === 1,

    select(text, parameters) {
      const query = queries.get(text) ?? prepareQuery(db, text)
      // Put last again: the first key of the map is the one that was not asked for the longest.
      queries.delete(text)
      queries.set(text, query)
      const [oldest = text] = queries.keys()
      if (queries.size > KEPT_QUERIES) queries.delete(oldest)
      return query.all(...parameters) as unknown as Sql[][]
    },

    archive(ids, force, at) {
      const refused = ids.flatMap((id) => {
        const [status, parent] = (sql.status.get(id) ?? []) as unknown as [TaskStatus?, (number | null)?]
        const reason = archiveRefusal(status, force)
        if (reason === undefined) sql.archive.run(id, at)
        if (reason === undefined && typeof parent === 'number') settleParents(sql, parent, at)
        return reason === undefined ? [] : [{ id, reason }]
      })
      return { done: ids.length - refused.length, refused }
    },

    prune,
  }
}

/** The end of a child may end its parent, which may be a child itself. */
function settleParents(sql: LogStatements, parent: number, at: number): void {
  for (let next: number | null | undefined = parent; typeof next === 'number';) {
    ;[next] = (sql.settleParent.get(next, at) ?? []) as unknown as [(number | null)?]
  }
}

function prepareQuery(db: DatabaseSync, text: string): StatementSync {
  const query = db.prepare(text)
  query.setReturnArrays(true)
  return query
}

function pruning(sql: LogStatements): LogCalls['prune'] {
  // Counting reads an index from end to end, so what one count has found to be too many is used up first.
  let excess = 0
  return ({ olderThan, keep, slice }) => {
    if (excess <= 0) {
      const [ended] = sql.countEnded.get() as unknown as [number]
      excess = ended - keep
    }
    const oldest = sql.oldestEnded.all(slice) as unknown as [id: number, finishedAt: number][]
    let pruned = 0
    for (const [id, finishedAt] of oldest) {
      if (finishedAt >= olderThan && excess <= 0) break
      sql.remove.run(id)
      sql.dropData.run(id)
      excess--
      pruned++
    }
    return pruned
  }
}
