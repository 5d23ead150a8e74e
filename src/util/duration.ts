/** Durations as people write them: a number of milliseconds, or a number with a unit. */
import { inspect } from 'node:util'
import { TsrvError } from '../errors.ts'

type Unit = 'ms' | 's' | 'm' | 'h'

const UNITS: ReadonlyMap<string, number> = new Map<Unit, number>([
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
])

/** Milliseconds as a number, or a text such as `'500ms'`, `'5s'`, `'2m'`, `'1h'`. */
export type Duration = number | `${number}${Unit}`

/** The longest wait a Node timer keeps (24.8 days); beyond it a timer fires at once. */
export const LONGEST_DURATION = 2_147_483_647

/** What is expected where a duration is wrong. */
export const DURATION = 'milliseconds, or a text such as 500ms, 5s, 2m, 1h'

const WRITTEN = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/

/** Milliseconds, whole; `undefined` when `value` is no duration or one that a timer cannot wait. */
export function parseDuration(value: unknown): number | undefined {
  const milliseconds = typeof value === 'string' ? fromText(value.trim()) : value
  if (typeof milliseconds !== 'number' || !Number.isFinite(milliseconds)) return undefined
  const whole = Math.round(milliseconds)
  return milliseconds < 0 || whole > LONGEST_DURATION ? undefined : whole
}

/**
 * Of a call that takes one; `call` and `option` are for the error.
 *
 * @throws TsrvError TSRV_TASK_OPTION_INVALID
 */
export function requireDuration(value: unknown, call: string, option: string): number {
  const milliseconds = parseDuration(value)
  if (milliseconds !== undefined) return milliseconds
  const shown = inspect(value, { depth: 1, breakLength: Infinity })
  throw new TsrvError('TASK_OPTION_INVALID', { call, option, value: shown, expected: DURATION })
}

function fromText(text: string): number | undefined {
  const [, amount, unit] = WRITTEN.exec(text) ?? []
  const factor = UNITS.get(unit ?? 'ms')
  return amount === undefined || factor === undefined ? undefined : Number(amount) * factor
}
