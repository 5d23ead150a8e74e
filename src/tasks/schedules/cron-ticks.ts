/** The times of a schedule that is a cron expression. */
import { messageOf, TsrvError } from '../../errors.ts'
import { readCron } from '../../util/cron.ts'
import type { Ticks } from './ticks.ts'

/** @throws TsrvError TSRV_SCHEDULE_INVALID */
export async function cronTicks(name: string, pattern: string, timezone: string | undefined): Promise<Ticks> {
  try {
    return { after: await readCron(pattern, timezone), upTo: (time) => time }
  } catch (error) {
    throw new TsrvError('SCHEDULE_INVALID', { name, reason: messageOf(error) }, { cause: error })
  }
}
