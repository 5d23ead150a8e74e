/** The queue's calls about tasks that run: who holds one, and how the claim ends. */
import type { ClaimRow, ClaimWish, QueueCalls } from './calls.ts'
import type { QueueContext } from './queue-context.ts'
import { STATE } from './queue-sql.ts'

type ClaimCalls = Pick<QueueCalls, 'claim' | 'begin' | 'renew' | 'settle' | 'release' | 'reapExpired'>

/** Undefined when another claim is newer. */
type HeldRow = [dueAt: number, suspect: number, size: number] | undefined

type PutBackRow = [queue: number, suspect: number, size: number]

export function claimCalls(context: QueueContext): ClaimCalls {
  const { sql, book, keys, delays, times } = context
  return {
    claim: (wish) => claim(context, wish),

    begin(claims) {
      for (const [id, fence] of claims) sql.begin.run(id, fence)
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
      if (!isDelayed) line.suspects += suspect
      line.bytes += size
      return 'ok'
    },

    reapExpired: () => reapExpired(context),
  }
}

function claim(context: QueueContext, wish: ClaimWish): readonly ClaimRow[] {
  const { sql, book, delays, times, session } = context
  const { queue, max, startNow, suspects, leaseMs } = wish
  delays.advance(times.now)
  const found = book.find(queue)
  if (found === undefined || found.ready === 0 || found.pausedUntil > times.now || max < 1) return []
  const line = book.open(queue)
  const [suspect, leaseUntil] = [suspects ? 1 : 0, times.monotonic + leaseMs]
  // One fence for all of them will do: it is higher than any that one of them had.
  const fence = book.nextFence()
  const give = (count: number, ahead: 0 | 1): unknown[] =>
    count < 1 ? [] : sql.claim.all(fence, session, ahead, leaseMs, leaseUntil, line.no, suspect, count)
  const first = give(Math.min(startNow, max), 0)
  const rows = first.length < startNow ? first : [...first, ...give(max - first.length, 1)]
  return (rows as [...ClaimRow, size: number][]).map((row) => {
    line.bytes -= row.pop() as number
    line.ready--
    line.suspects -= suspect
    line.running++
    return row as unknown as ClaimRow
  })
}

function reapExpired({ sql, book, times, session }: QueueContext): readonly ClaimRow[] {
  const unbegun = sql.putBack.all(session, times.monotonic) as unknown as PutBackRow[]
  for (const [no, suspect, size] of unbegun) {
    const line = book.numbered(no)
    line.running--
    line.ready++
    line.suspects += suspect
    line.bytes += size
  }
  const abandoned = sql.abandoned.all(session, times.monotonic) as unknown as [
    id: number,
    hasNotRun: number,
  ][]
  return abandoned.map(([id, hasNotRun]) => {
    // One that a former owner had reaped and not decided on when it died has not run since: no crash more.
    const crashes = hasNotRun === 1 ? 0 : 1
    return sql.reap.get(crashes, book.nextFence(), -session, times.monotonic, id) as unknown as ClaimRow
  })
}
