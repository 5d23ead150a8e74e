/** Growing pauses between attempts. */

export interface BackoffLimits {
  /** Milliseconds before the second attempt. */
  readonly first: number
  readonly longest: number
}

/** Milliseconds to wait after `failures` failures in a row: doubling, never above `longest`. */
export function backoff(failures: number, { first, longest }: BackoffLimits): number {
  return Math.min(longest, first * 2 ** Math.min(failures - 1, 30))
}
