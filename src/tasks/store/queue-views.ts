/** The queue's calls that look at it, and the ones that pause it. */
import type { PeekOptions, QueueCounts } from '../broker.ts'
import type { EnvelopeRow, QueueCalls } from './calls.ts'
import type { QueueLine } from './queue-book.ts'
import type { QueueContext } from './queue-context.ts'
import type { QueueStatements } from './queue-sql.ts'

/** Priorities, and tasks of each from the front, among which the one that is due for longest is searched. */
const SEARCH = { priorities: 1000, tasks: 100 } as const

const PEEK = {
  ready: 'peekReady',
  delayed: 'peekDelayed',
  running: 'peekRunning',
  dead: 'peekDead',
} as const satisfies Record<PeekOptions['state'], keyof QueueStatements>

export function viewCalls(context: QueueContext): Pick<QueueCalls, 'counts' | 'queues' | 'peek' | 'pause'> {
  const { sql, book, delays, times } = context
  const countsOf = (lines: readonly QueueLine[]): QueueCounts => ({
    ...sumOf(lines),
    oldestReady: Math.max(0, ...lines.map((line) => times.now - oldestDue(sql, line))),
  })
  return {
    counts(queue) {
      delays.advance(times.now)
      const one = queue === null ? undefined : book.find(queue)
      const lines = queue === null ? [...book.queues] : one === undefined ? [] : [one]
      return countsOf(lines)
    },

    queues() {
      delays.advance(times.now)
      return [...book.queues].map((line) => {
        const pausedUntil = line.pausedUntil > times.now ? line.pausedUntil : 0
        return { name: line.name, pausedUntil, ...countsOf([line]) }
      })
    },

    peek(queue, state, limit, after) {
      delays.advance(times.now)
      const line = book.find(queue)
      return line === undefined
        ? []
        : (sql[PEEK[state]].all(line.no, after, limit) as unknown as EnvelopeRow[])
    },

    pause(queue, until) {
      book.open(queue).pausedUntil = Math.min(until, Number.MAX_SAFE_INTEGER)
    },
  }
}

function sumOf(lines: readonly QueueLine[]): Omit<QueueCounts, 'oldestReady'> {
  const sum = { ready: 0, suspects: 0, delayed: 0, running: 0, dead: 0, undelivered: 0, bytes: 0 }
  const keys = Object.keys(sum) as (keyof typeof sum)[]
  for (const line of lines) for (const key of keys) sum[key] += line[key]
  return sum
}

/**
 * Seeks to the front of every priority. Further back stand only tasks that came later; of those a delayed one can
 * be due for longer, but hardly behind a hundred others. A search through all would stop the store at a million.
 */
function oldestDue(sql: QueueStatements, { no, ready }: QueueLine): number {
  let oldest = Infinity
  if (ready === 0) return oldest
  for (const suspect of [0, 1]) {
    let priority = Infinity
    for (let seeks = 0; seeks < SEARCH.priorities; seeks++) {
      const next = sql.nextPriority.get(no, suspect, priority) as unknown as [number] | undefined
      if (next === undefined) break
      priority = next[0]
      const [due] = sql.oldest.get(no, suspect, priority, SEARCH.tasks) as unknown as [number]
      oldest = Math.min(oldest, due)
    }
  }
  return oldest
}
