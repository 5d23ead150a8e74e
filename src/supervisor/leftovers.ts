/**
 * Children of a supervisor that was killed. They end when the line to it breaks, unless a blocked event loop kept
 * them from noticing; those would keep their share of the port's connections.
 */
import { type ChildRecord, readServerJson } from '../control/server-json.ts'
import { isSameProcess } from '../util/process-identity.ts'

const POLL = 10
/** Milliseconds; what the children themselves take at most, and a little more. */
const LAST_FLUSH = 1200
const PATIENCE = 3000
/**
 * A process counts as ended with its main thread; its sockets are closed with the last thread, a moment later.
 * That is certain once it is reaped, but in a container nobody may reap.
 */
const REAP_PATIENCE = 200

/** Kills what `server.json` names and is still the same process; returns the children that had to be killed. */
export async function removeLeftovers(
  serverJson: string,
  kill: (pid: number, signal: 'SIGKILL' | 0) => void,
): Promise<readonly ChildRecord[]> {
  const leftovers = (readServerJson(serverJson)?.children ?? []).filter((child) => isSameProcess(child))
  const reaches = ({ pid }: ChildRecord, signal: 'SIGKILL' | 0): boolean => {
    try {
      kill(pid, signal)
      return true
    } catch (error) {
      // It ended in this very moment, which is what was wanted; asked for again, the number may be a stranger's.
      if (signal === 0 || (error as NodeJS.ErrnoException).code === 'ESRCH') return false
      throw error
    }
  }
  // They notice by themselves, and bring the tasks they have accepted to safety first.
  await gone(() => leftovers.some((child) => isSameProcess(child)), LAST_FLUSH)
  for (const child of leftovers) if (isSameProcess(child)) reaches(child, 'SIGKILL')
  await gone(() => leftovers.some((child) => isSameProcess(child)), PATIENCE)
  await gone(() => leftovers.some((child) => reaches(child, 0)), REAP_PATIENCE)
  return leftovers
}

async function gone(isThere: () => boolean, patience: number): Promise<void> {
  const endsAt = performance.now() + patience
  while (isThere() && performance.now() < endsAt) await new Promise((resolve) => setTimeout(resolve, POLL))
}
