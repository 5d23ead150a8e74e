/**
 * When the place of a dead child is filled again: at once the first time, then after growing pauses. Deaths are
 * forgotten after `restartWindow`; more than `maxRestarts` within it make the server unhealthy.
 */
import { backoff } from '../util/backoff.ts'

export interface RestartLimits {
  readonly maxRestarts: number
  /** Milliseconds. */
  readonly restartWindow: number
}

export interface Verdict {
  /** Milliseconds until the next try. */
  readonly pause: number
  /** Too many deaths: the pauses have grown to their longest, and somebody should look. */
  readonly isUnhealthy: boolean
}

const PAUSE = { first: 100, longest: 5000 }
const UNHEALTHY_PAUSE = 30_000

/**
 * @param deaths moments at which what ran in this place died, the last one included, on the clock of `now`. Only
 *   the time a child was ready passes on that clock: slow boots and our own pauses must not make a boot that
 *   always fails look like rare deaths.
 */
export function judgeDeaths(deaths: readonly number[], now: number, limits: RestartLimits): Verdict {
  const { maxRestarts, restartWindow } = limits
  const recent = deaths.filter((at) => now - at < restartWindow).length
  // Who chose a short window wants news soon.
  if (recent > maxRestarts) return { pause: Math.min(UNHEALTHY_PAUSE, restartWindow / 2), isUnhealthy: true }
  return { pause: recent <= 1 ? 0 : backoff(recent - 1, PAUSE), isUnhealthy: false }
}
