/** Times as people write them in a query. */

const UNITS: ReadonlyMap<string, number> = new Map([
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
])

const AGO = /^-(\d+(?:\.\d+)?)(ms|s|m|h|d)$/

const DATE = /^(\d{4})-(\d\d)-(\d\d)(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)?)?$/

export const TIME_FORMS = 'a time such as 2026-11-01, 2026-11-01T10:30, -1h, -7d, or milliseconds since 1970'

/** Milliseconds since 1970; a date alone is the start of that day here. Undefined when it is no time. */
export function parseTime(text: string, now: number): number | undefined {
  if (/^\d+$/.test(text)) return Number(text)
  const [, amount, unit = ''] = AGO.exec(text) ?? []
  if (amount !== undefined) return Math.round(now - Number(amount) * (UNITS.get(unit) ?? Number.NaN))
  const [, year, month, day, time] = DATE.exec(text) ?? []
  if (year === undefined || !isDay(Number(year), Number(month), Number(day))) return undefined
  // A date without a time would be read as UTC, one with it as local time.
  const at = Date.parse(time === undefined ? `${text}T00:00` : text)
  return Number.isNaN(at) ? undefined : at
}

/** `Date.parse` makes the 3rd of March of the 31st of February. */
function isDay(year: number, month: number, day: number): boolean {
  return month >= 1 && month <= 12 && day >= 1 && day <= new Date(year, month, 0).getDate()
}
