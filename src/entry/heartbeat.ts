/** Tells the supervisor every second that this process is alive, and how late its event loop has been. */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { type Beat, BEAT_INTERVAL } from '../wire/heartbeat.ts'
import type { SupervisorLink } from './supervisor-link.ts'

/**
 * Milliseconds between two looks of the histogram, which sees delays longer than that for certain. Each look costs CPU:
 * every 10 ms it is 4 ms a second, every 100 ms 0.4.
 */
const RESOLUTION = 100
const NANOSECONDS = 1e6

/** @param extra what this kind of process has to tell besides; called with each beat */
export function startHeartbeat(
  link: SupervisorLink,
  extra: (beat: Beat) => Partial<Beat> = () => ({}),
): void {
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION })
  delays.enable()
  let dueAt = performance.now()
  const beat = (isDebugged: boolean): void => {
    // After a long turn this timer may come before the one of the histogram, which then forgets it.
    const late = Math.max(performance.now() - dueAt, delays.max / NANOSECONDS - RESOLUTION)
    delays.reset()
    dueAt = performance.now() + BEAT_INTERVAL
    const seen: Beat = {
      delay: Math.max(0, Math.round(late)),
      memory: process.memoryUsage.rss(),
      ...(isDebugged && { isDebugged }),
    }
    void link.send({ type: 'beat', beat: { ...seen, ...extra(seen) } })
  }
  // To ask for a debugger loads what takes 2 ms, which a boot need not wait for; this tells it mostly.
  beat(process.execArgv.some((option) => option.startsWith('--inspect')))
  setInterval(() => beat(hasDebugger()), BEAT_INTERVAL).unref()
}

/** However it was opened: by an option, a variable, or the program itself. */
function hasDebugger(): boolean {
  return process.getBuiltinModule('node:inspector').url() !== undefined
}
