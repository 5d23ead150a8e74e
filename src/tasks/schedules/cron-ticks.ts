/** Cron expressions; the only file that knows the library for them, which is loaded with the first one. */
import { messageOf, TsrvError } from '../../errors.ts'
import type { Ticks } from './ticks.ts'

/** @throws TsrvError TSRV_SCHEDULE_INVALID */
export async function cronTicks(name: string, pattern: string, timezone: string | undefined): Promise<Ticks> {
  try {
    const { Cron } = await import('croner')
    // Paused, it only reckons: the alarm of the schedules is theirs.
    const job = new Cron(pattern, { paused: true, ...(timezone !== undefined && { timezone }) })
    const after = (time: number): number => job.nextRun(new Date(time))?.getTime() ?? Infinity
    if (after(Date.now()) === Infinity) throw new RangeError(`"${pattern}" is never due`)
    return { after, upTo: (time) => time }
  } catch (error) {
    throw new TsrvError('SCHEDULE_INVALID', { name, reason: messageOf(error) }, { cause: error })
  }
}
