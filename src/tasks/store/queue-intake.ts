/** The queue's calls that bring tasks in, and those that take waiting ones out again. */
import type { CancelRow, EndRow, EnqueueAnswer, EnvelopeRow, NewTaskRow, QueueCalls } from './calls.ts'
import type { QueueContext } from './queue-context.ts'
import { STATE } from './queue-sql.ts'

type FoundRow = [state: number, queue: number, suspect: number, size: number, ...EnvelopeRow]

export function intakeCalls(context: QueueContext): Pick<QueueCalls, 'enqueue' | 'cancel' | 'advance'> {
  const { sql, book, keys, delays, times } = context
  return {
    enqueue: (rows) => {
      // First, so that what is due already stands before what comes now.
      delays.advance(times.now)
      return rows.map((row) => takeIn(context, row))
    },

    cancel(id, end): CancelRow {
      const found = sql.find.get(id) as unknown as FoundRow | undefined
      const [state, no, suspect, size, ...envelope] = found ?? []
      if (state === STATE.running) return 'running'
      if (state !== STATE.ready && state !== STATE.delayed) return 'unknown'
      endWaiting(context, id, end)
      const { key = null, keyUntil = null } = JSON.parse(envelope[0] ?? '') as KeyOfEnvelope
      keys.release(key, id, keyUntil, times.now)
      const line = book.numbered(no ?? 0)
      line[state === STATE.ready ? 'ready' : 'delayed']--
      if (state === STATE.ready) line.suspects -= suspect ?? 0
      line.bytes -= size ?? 0
      line.undelivered++
      return envelope as EnvelopeRow
    },

    advance: () => delays.advance(times.now),
  }
}

interface KeyOfEnvelope {
  readonly key?: string
  readonly keyUntil?: number
}

function takeIn({ sql, book, keys, delays, times }: QueueContext, row: NewTaskRow): EnqueueAnswer {
  const [id, queue, priority, dueAt, attempt, crashes, key, envelope, data] = row
  if (key !== null) {
    if (sql.isKnown.get(id) !== undefined) return 'known'
    const holder = keys.holderOf(key, times.now)
    if (holder !== undefined) return holder
  }
  const line = book.open(queue)
  const state = dueAt > times.now ? STATE.delayed : STATE.ready
  // Senders count a crash only when the task server died under the task.
  const suspect = crashes > 0 ? 1 : 0
  const { changes } = sql.insert.run(
    id,
    line.no,
    state,
    priority,
    book.nextTurn(),
    dueAt,
    suspect,
    attempt,
    crashes,
    data.length,
    envelope,
  )
  if (changes === 0) return 'known'
  sql.insertData.run(id, data)
  if (key !== null) keys.hold(key, id, times.now)
  if (state === STATE.delayed) delays.expect(dueAt)
  line[state === STATE.ready ? 'ready' : 'delayed']++
  if (state === STATE.ready) line.suspects += suspect
  line.bytes += data.length
  return 'enqueued'
}

function endWaiting({ sql }: QueueContext, id: number, [failed, end, result]: EndRow): void {
  sql.cancel.run(failed ? 1 : 0, end, result, id)
  if (!failed) sql.dropData.run(id)
}
