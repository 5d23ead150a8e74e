/** The queue's calls about tasks that run: who holds one, and how the claim ends. */
import type { ClaimRow, QueueCalls } from './calls.ts'
import type { QueueContext } from './queue-context.ts'
import { STATE } from './queue-sql.ts'

type ClaimCalls = Pick<QueueCalls, 'claim' | 'renew' | 'settle' | 'release' | 'reapExpired'>

/** Undefined when another claim is newer. */
type HeldRow = [dueAt: number, suspect: number, size: number] | undefined

export function claimCalls(context: QueueContext): ClaimCalls {
  const { sql, book, keys, delays, times, session } = context
  return {
    claim(queue, max, suspects, leaseMs) {
      delays.advance(times.now)
      const found = book.find(queue)
      if (found === undefined || found.ready === 0 || found.pausedUntil > times.now || max < 1) return []
      const line = book.open(queue)
      const [suspect, leaseUntil] = [suspects ? 1 : 0, times.monotonic + leaseMs]
      // One fence for all of them will do: it is higher than any that one of them had.
      const rows = sql.claim.all(book.nextFence(), session, leaseMs, leaseUntil, line.no, suspect, max)
      return (rows as unknown as [...ClaimRow, size: number][]).map((row) => {
        line.bytes -= row.pop() as number
        line.ready--
        line.suspects -= suspect
        line.running++
        return row as unknown as ClaimRow
      })
    },

    renew: (claims, leaseMs) =>
      claims.flatMap(([id, fence], index) => {
        const { changes } = sql.renew.run(leaseMs, times.monotonic + leaseMs, id, fence)
        return changes === 0 ? [index] : []
      }),

    settle([id, fence, queue, key, keyUntil], [failed, end, result]) {
      if (sql.settle.run(failed ? 1 : 0, end, result, id, fence).changes === 0) return 'lost'
      keys.release(key, id, keyUntil, times.now)
      // What failed may be run again, once it is dead.
      if (!failed) sql.dropData.run(id)
      const line = book.open(queue)
      line.running--
      line.undelivered++
      return 'ok'
    },

    release([id, fence, queue], dueAt, refund, crashed) {
      const held = sql.held.get(id, fence) as unknown as HeldRow
      if (held === undefined) return 'lost'
      const [formerDue, suspect, size] = held
      const isDelayed = dueAt !== null && dueAt > times.now
      const state = isDelayed ? STATE.delayed : STATE.ready
      sql.release.run(state, dueAt ?? formerDue, refund ? 1 : 0, crashed ? 1 : 0, id)
      if (isDelayed) delays.expect(dueAt)
      const line = book.open(queue)
      line.running--
      line[isDelayed ? 'delayed' : 'ready']++
      line.suspects += suspect
      line.bytes += size
      return 'ok'
    },

    reapExpired() {
      const abandoned = sql.abandoned.all(session, times.monotonic) as unknown as [number, number][]
      return abandoned.map(([id, hasNotRun]) => {
        // One that a former owner had reaped and not decided on when it died has not run since: no crash more.
        const crashes = hasNotRun === 1 ? 0 : 1
        return sql.reap.get(crashes, book.nextFence(), -session, times.monotonic, id) as unknown as ClaimRow
      })
    },
  }
}
