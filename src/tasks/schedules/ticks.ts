/** At which times a schedule is due, and what becomes of those that have passed: pure rules. */

/** Times are milliseconds since 1970. */
export interface Ticks {
  /** The first one after this time; Infinity when there is none. */
  after(time: number): number
  /** From where to count on when all up to this time is done. */
  upTo(time: number): number
}

/** Counted from `anchor`, so that a restart does not put them off. */
export function everyTicks(every: number, anchor: number): Ticks {
  const upTo = (time: number): number => anchor + Math.floor((time - anchor) / every) * every
  return { upTo, after: (time) => upTo(time) + every }
}

export type Missed = 'skip' | 'once' | 'all'

export interface Due {
  /** The ticks to send a task for, the oldest first. */
  readonly ticks: readonly number[]
  /** All up to it is done with them. */
  readonly last: number
}

/** A tick so little late was not missed: the task server was replaced, or the machine busy. */
const GRACE = 60_000
/** More than these are sent in the next round. */
const MOST = 100

export function dueTicks(ticks: Ticks, last: number, now: number, missed: Missed): Due {
  if (ticks.after(last) > now) return { ticks: [], last }
  const done = ticks.upTo(now)
  switch (missed) {
    case 'skip': {
      const tick = latest(ticks, Math.max(last, now - GRACE), now)
      return { ticks: tick === undefined ? [] : [tick], last: done }
    }
    case 'once':
      return { ticks: [latest(ticks, Math.max(last, now - GRACE), now) ?? ticks.after(last)], last: done }
    case 'all': {
      const all = [...between(ticks, last, now, MOST)]
      return { ticks: all, last: all.at(-1) ?? done }
    }
    default:
      return missed satisfies never
  }
}

function latest(ticks: Ticks, from: number, to: number): number | undefined {
  return [...between(ticks, from, to, Infinity)].at(-1)
}

function* between(ticks: Ticks, from: number, to: number, most: number): Generator<number> {
  let count = 0
  for (let tick = ticks.after(from); tick <= to && count < most; tick = ticks.after(tick)) {
    count++
    yield tick
  }
}
