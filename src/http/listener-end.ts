/** The end of listening sockets that nobody else accepts from, without a reset for those who are connected already. */
import type { Server } from 'node:net'

/** Turns of the event loop without a new connection; the loop takes in one connection a turn. */
const QUIET_TURNS = 4
/** Milliseconds; in a longer turn a connection may have come after the loop has looked. */
const SHORT_TURN = 0.2
/** Part of the time so far: how long the last turn of a loop may be that has no short ones. */
const LONGEST_TURN = 1 / 400
/** Milliseconds; a loop that is this busy leaves the rest of the queue to its fate. */
const LONGEST = 500

/**
 * Takes in the connections that the system has completed, which wait for their turn in the event loop and would be reset,
 * and closes the sockets. Resolves then; the connections live on. Meanwhile TCP clients get no answer to their first
 * packet; they send it again in a second, and find the socket closed. A Unix socket has lost its path before.
 *
 * What is completed between the last look and the close is reset: Node has no call that tells the system to make no more
 * connections and keep those it has (a packet filter on the socket would). On a loop with nothing else to do those are some ten microseconds, and with the queue shortened
 * at most one connection a socket. Over a network so are those whose handshake is under way.
 */
export function closeWhenEmpty(listeners: readonly Server[]): Promise<void> {
  let taken = 0
  const count = (): unknown => taken++
  for (const listener of listeners) {
    handleOf(listener)?.listen(0)
    listener.on('connection', count)
  }
  const handles = listeners.map(handleOf)
  const startedAt = performance.now()
  return new Promise((resolve) => {
    let [quiet, seen, looked] = [0, 0, startedAt]
    const look = (): void => {
      const now = performance.now()
      quiet = taken === seen ? quiet + 1 : 0
      const isShort = now - looked < Math.max(SHORT_TURN, (now - startedAt) * LONGEST_TURN)
      if (!(quiet >= QUIET_TURNS && isShort) && now - startedAt < LONGEST) {
        seen = taken
        looked = now
        setImmediate(look)
        return
      }
      // Before anything else: what `close` of the server does the first time takes many times as long.
      for (const handle of handles) handle?.close()
      for (const listener of listeners) listener.off('connection', count)
      resolve()
    }
    setImmediate(look)
  })
}

/** Node's own handle of a socket that listens, undocumented. */
interface ListeningHandle {
  /** As listen(2), which also sets the length of the queue of a socket that listens already. */
  listen(backlog: number): number
  /** May be called again. */
  close(): void
}

/** Undefined when it is not as known: then the queue goes on filling, and the server closes its socket later. */
function handleOf(listener: Server): ListeningHandle | undefined {
  const handle: unknown = Reflect.get(listener, '_handle')
  return isListening(handle) ? handle : undefined
}

function isListening(handle: unknown): handle is ListeningHandle {
  if (typeof handle !== 'object' || handle === null) return false
  return ['listen', 'close'].every((name) => typeof Reflect.get(handle, name) === 'function')
}
