/** The queue's calls about tasks that have ended: their reports, and the dead ones. */
import type { EndedRow, QueueCalls } from './calls.ts'
import type { QueueContext } from './queue-context.ts'
import type { QueueLine } from './queue-book.ts'

type EndCalls = Pick<QueueCalls, 'forget' | 'undelivered' | 'redrive'>

type DeadRow = [id: number, envelope: string, size: number, turn: number]

/** Dead tasks that each queue keeps for `redrive`; the oldest ones go first. */
const KEEP_DEAD = 10_000

export function endCalls(context: QueueContext): EndCalls {
  const { sql, book, keys, times } = context
  return {
    forget(ids) {
      for (const id of ids) forget(context, id)
    },

    undelivered: (after, limit) => sql.undelivered.all(after, limit) as unknown as EndedRow[],

    redrive(queue, ids) {
      const line = book.find(queue)
      if (line === undefined) return 0
      const rows = ids === null ? sql.deadOf.all(line.no) : ids.flatMap((id) => sql.deadOne.all(line.no, id))
      const inOrder = (rows as unknown as DeadRow[]).sort(([, , , turn], [, , , other]) => turn - other)
      const revived = inOrder.filter(([id, envelope, size]) => {
        const { key } = JSON.parse(envelope) as { readonly key?: string }
        const holder = key === undefined ? undefined : keys.holderOf(key, times.now)
        // While another task holds the key of this one it would be a duplicate.
        if (holder !== undefined && holder !== id) return false
        if (key !== undefined) keys.hold(key, id, times.now)
        sql.revive.run(book.nextTurn(), times.now, id)
        book.open(queue).bytes += size
        return true
      })
      const open = book.open(queue)
      open.dead -= revived.length
      open.ready += revived.length
      return revived.length
    },
  }
}

function forget({ sql, book }: QueueContext, id: number): void {
  const [no] = (sql.forget.get(id) ?? []) as unknown as [number?]
  if (no !== undefined) {
    // Its record may have been pruned before its report was received.
    sql.dropData.run(id)
    book.numbered(no).undelivered--
    return
  }
  const [failedIn] = (sql.bury.get(id) ?? []) as unknown as [number?]
  if (failedIn === undefined) return
  const line = book.numbered(failedIn)
  line.undelivered--
  line.dead++
  if (line.dead > KEEP_DEAD) dropOldestDead(sql, line)
}

function dropOldestDead(sql: QueueContext['sql'], line: QueueLine): void {
  const rows = sql.oldestDead.all(line.no, line.dead - KEEP_DEAD) as unknown as [number][]
  for (const [id] of rows) {
    sql.remove.run(id)
    sql.dropData.run(id)
    line.dead--
  }
}
