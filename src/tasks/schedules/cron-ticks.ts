/** Cron expressions; the only file that knows the library for them, which is loaded when there is one. */
import { messageOf, TsrvError } from '../../errors.ts'
import type { Ticks } from './ticks.ts'

const LIBRARY: string = 'croner'

/** As much of the library as is used here. */
interface CronLibrary {
  readonly Cron: new (
    pattern: string,
    options: { readonly timezone?: string; readonly paused: true },
  ) => { nextRun(after: Date): Date | null }
}

/** @throws TsrvError TSRV_SCHEDULE_INVALID */
export async function cronTicks(name: string, pattern: string, timezone: string | undefined): Promise<Ticks> {
  try {
    const { Cron } = (await import(LIBRARY)) as CronLibrary
    const job = new Cron(pattern, { paused: true, ...(timezone !== undefined && { timezone }) })
    return {
      after: (time) => job.nextRun(new Date(time))?.getTime() ?? Infinity,
      upTo: (time) => time,
    }
  } catch (error) {
    const isMissing = (error as { code?: unknown }).code === 'ERR_MODULE_NOT_FOUND'
    const reason = isMissing ? `cron needs the package "${LIBRARY}": npm i ${LIBRARY}` : messageOf(error)
    throw new TsrvError('SCHEDULE_INVALID', { name, reason }, { cause: error })
  }
}
