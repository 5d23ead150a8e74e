/** The end of a listening socket that nobody else accepts from, without a reset for those who are connected already. */
import type { Server } from 'node:net'

/** Turns of the event loop without a new connection; the loop takes in one connection a turn. */
const QUIET_TURNS = 4
/** Milliseconds; a loop that is this busy leaves the rest of the queue to its fate. */
const LONGEST = 500

/**
 * Resolves when the connections that the system has completed are taken in: they wait for their turn in the event loop,
 * and closing the socket would reset them. Meanwhile clients get no answer to their first packet; they send it again in a
 * second, and find the socket closed.
 */
export async function takeWaiting(listeners: readonly Server[]): Promise<void> {
  let taken = 0
  const count = (): unknown => taken++
  for (const listener of listeners) {
    shortenQueue(listener)
    listener.on('connection', count)
  }
  const endsAt = performance.now() + LONGEST
  for (let quiet = 0; quiet < QUIET_TURNS && performance.now() < endsAt;) {
    const before = taken
    await new Promise((resolve) => setImmediate(resolve))
    quiet = taken === before ? quiet + 1 : 0
  }
  for (const listener of listeners) listener.off('connection', count)
}

/**
 * listen(2) on a socket that listens sets the length of its queue anew. Node's own handle has it, undocumented; without it
 * the queue goes on filling while it is emptied.
 */
function shortenQueue(listener: Server): void {
  const handle: unknown = Reflect.get(listener, '_handle')
  if (isListenable(handle)) handle.listen(0)
}

function isListenable(handle: unknown): handle is { listen(backlog: number): number } {
  return typeof handle === 'object' && handle !== null && typeof Reflect.get(handle, 'listen') === 'function'
}
