/** Amounts of memory as people write them: a number of bytes, or a number with a unit (of 1024). */

type Unit = 'b' | 'kb' | 'mb' | 'gb'

const UNITS: ReadonlyMap<string, number> = new Map<Unit, number>([
  ['b', 1],
  ['kb', 1024],
  ['mb', 1024 ** 2],
  ['gb', 1024 ** 3],
])

/** Bytes as a number, or a text such as `'512kb'`, `'64mb'`, `'1.5gb'`. */
export type Bytes = number | `${number}${Unit}`

const WRITTEN = /^(\d+(?:\.\d+)?)\s*(b|kb|mb|gb)$/i

/** Whole bytes; `undefined` when `value` is no amount, or one that a number cannot hold exactly. */
export function parseBytes(value: unknown): number | undefined {
  const bytes = typeof value === 'string' ? fromText(value.trim()) : value
  if (typeof bytes !== 'number' || !Number.isFinite(bytes) || bytes < 0) return undefined
  const whole = Math.round(bytes)
  return Number.isSafeInteger(whole) ? whole : undefined
}

function fromText(text: string): number | undefined {
  const [, amount, unit] = WRITTEN.exec(text) ?? []
  const factor = UNITS.get(unit?.toLowerCase() ?? '')
  return amount === undefined || factor === undefined ? undefined : Number(amount) * factor
}
