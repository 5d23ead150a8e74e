/** Chance that can be had again: the same seed gives the same numbers (mulberry32). */

export interface Random {
  readonly seed: number
  /** 0 <= number < 1. */
  next(): number
  /** A whole number, 0 <= number < `end`. */
  below(end: number): number
}

export function randomFrom(seed: number): Random {
  let state = seed | 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return { seed, next, below: (end) => Math.floor(next() * end) }
}
