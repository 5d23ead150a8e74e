/** Watch mode around the whole server: a start that fails because of what is written somewhere waits until it is mended. */
import { existsSync } from 'node:fs'
import { problemsOf } from '../config/problems.ts'
import { TsrvError } from '../errors.ts'
import { Watch } from '../supervisor/watch/watch.ts'
import type { StopSignals } from './stop-signals.ts'

export type { Watch } from '../supervisor/watch/watch.ts'

export interface WatchedStart {
  readonly poll: boolean
  readonly stops: StopSignals
  /** One start: loads the configuration and runs the server until it is stopped. */
  readonly run: (watch: Watch) => Promise<number>
  /** Absent for a start that somebody waits for: it ends with its first failure. */
  readonly onBroken?: (error: TsrvError) => void
  readonly onMended: (files: readonly string[]) => void
  readonly onTrouble: (reason: string) => void
}

/** @returns exit status */
export async function runWatched({ poll, stops, run, onTrouble, ...tell }: WatchedStart): Promise<number> {
  await using watch = new Watch({ poll, onTrouble })
  for (;;) {
    try {
      return await run(watch)
    } catch (error) {
      if (stops.isRequested || tell.onBroken === undefined || !isMendable(error)) throw error
      tell.onBroken(error)
    }
    const changes = await watch.changes(stops.signal)
    // Nothing runs that could be stopped badly.
    if (changes === undefined) return 0
    tell.onMended(changes.files)
  }
}

/** Whether saving a file may help. */
function isMendable(error: unknown): error is TsrvError {
  if (!(error instanceof TsrvError)) return false
  // A setting may also stand on the command line or in the environment, which stay as they are.
  return error.code === 'TSRV_BOOT_FAILED' || problemsOf(error).some(({ where }) => existsSync(where))
}
