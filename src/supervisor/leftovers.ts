/**
 * Children of a supervisor that was killed. They end when the line to it breaks, unless a blocked event loop kept
 * them from noticing; those would keep their share of the port's connections.
 */
import { type ChildRecord, readServerJson } from '../control/server-json.ts'
import { isSameProcess } from '../util/process-identity.ts'

const POLL = 10
const PATIENCE = 3000

/** Kills what `server.json` names and is still the same process; returns the children that had to be killed. */
export async function removeLeftovers(
  serverJson: string,
  kill: (pid: number) => void,
): Promise<readonly ChildRecord[]> {
  const leftovers = (readServerJson(serverJson)?.children ?? []).filter((child) => isSameProcess(child))
  for (const { pid } of leftovers) kill(pid)
  const endsAt = performance.now() + PATIENCE
  while (leftovers.some((child) => isSameProcess(child)) && performance.now() < endsAt) {
    await new Promise((resolve) => setTimeout(resolve, POLL))
  }
  return leftovers
}
