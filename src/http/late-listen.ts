/** A program that listens some time after its import, e.g. when its database has answered. */
import type { Server } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import type { ListenCapture } from './listen-capture.ts'

const POLL = 25
/** Polls in a row that find nothing under way; counted, not timed, so that a busy machine changes nothing. */
const QUIET_POLLS = 20
// Of what was there before only these count as old: a timer that ends meanwhile would hide one of the program's.
const LASTING = /^(?:Pipe|TTY|TCPSocket|TCPServer|UDP|FSEvent)Wrap$|^MessagePort$/

/**
 * The server, or undefined when nothing is under way any more that could call `listen()`, or the time is up.
 *
 * @param before types of the resources that kept the process alive before the program was imported
 */
export async function listenedLater(
  listens: ListenCapture,
  before: readonly string[],
  deadline: AbortSignal,
): Promise<Server | undefined> {
  const known = tally(before.filter((type) => LASTING.test(type)))
  for (let quiet = 0; quiet < QUIET_POLLS && !deadline.aborted;) {
    const taken = await Promise.race([listens.first, pause(POLL, undefined)])
    if (taken !== undefined) return taken
    const now = [...tally(process.getActiveResourcesInfo())]
    quiet = now.some(([type, count]) => count > (known.get(type) ?? 0)) ? 0 : quiet + 1
  }
  return undefined
}

function tally(types: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const type of types) counts.set(type, (counts.get(type) ?? 0) + 1)
  return counts
}
