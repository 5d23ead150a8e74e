/** The end of an app: its own `close()`, after the last request and before its process leaves. */
import { TsrvError } from '../errors.ts'
import type { Logger } from '../server.ts'
import { withDeadline } from '../util/deadline.ts'
import type { App } from './app-shape.ts'

/** Never rejects: a close that fails, or lasts longer than `ms` milliseconds, is logged. */
export async function endApp(app: App, ms: number, log: Logger): Promise<void> {
  if (app.close === undefined) return
  try {
    const late = (): Error => new TsrvError('APP_CLOSE_TIMEOUT', { ms: Math.round(ms) })
    await withDeadline(Promise.resolve(app.close()), ms, late)
  } catch (error) {
    log.error({ err: error }, 'The app could not be closed')
  }
}
