/** Cron expressions; the only file that knows the library for them, which is loaded with the first one. */

/** The first time after one, both in milliseconds since 1970; Infinity when there is none. */
export type NextTime = (after: number) => number

/**
 * @param timezone without it that of the machine
 * @throws what is wrong with the expression
 */
export async function readCron(pattern: string, timezone: string | undefined): Promise<NextTime> {
  const { Cron } = await import('croner')
  // Paused, it only reckons: whoever asks has an alarm.
  const job = new Cron(pattern, { paused: true, ...(timezone !== undefined && { timezone }) })
  const next: NextTime = (after) => job.nextRun(new Date(after))?.getTime() ?? Infinity
  if (next(Date.now()) === Infinity) throw new RangeError(`"${pattern}" is never due`)
  return next
}
