/** Connections that leave HTTP, as WebSockets do: given to the upgrade listeners of the program's own server. */
import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Logger } from '../server.ts'
import type { OpenRequests } from './open-requests.ts'
import { inspectRequest } from './request-gate.ts'

export interface Upgrades {
  /** Whether somebody takes this one; if not, it is an ordinary request, as node:http has it. */
  readonly wanted: (request: IncomingMessage) => boolean
  readonly take: (request: IncomingMessage, socket: Duplex, head: Buffer) => void
}

export interface UpgradesOptions {
  /** Asked each time: a program may make its server, and hang listeners on it, late. */
  readonly server: () => Server | undefined
  readonly log: Logger
  /** Whether every connection leaves a record when it ends. */
  readonly accessLog: boolean
  readonly open: OpenRequests
}

export function upgradesTo({ server, log, accessLog, open }: UpgradesOptions): Upgrades {
  return {
    // What the gate refuses is answered as a request: it never reaches the program.
    wanted: (request) =>
      (server()?.listenerCount('upgrade') ?? 0) > 0 && inspectRequest(request) === undefined,
    take(request, socket, head) {
      const { method, url } = request
      const fail = (error: unknown): void => {
        log.error({ err: error, method, url }, 'Upgrade failed')
        socket.destroy()
      }
      // node:http took its own listener away; without one a client that resets the connection ends the process.
      socket.on('error', (error) => log.debug({ err: error, method, url }, 'Upgraded connection broke'))
      if (accessLog) logEnd(request, socket, log)
      open.runUpgrade(request, () => {
        for (const listener of server()?.rawListeners('upgrade') ?? [])
          void run(() => Reflect.apply(listener, server(), [request, socket, head]) as unknown, fail)
      })
    },
  }
}

async function run(listener: () => unknown, fail: (error: unknown) => void): Promise<void> {
  try {
    await listener()
  } catch (error) {
    fail(error)
  }
}

function logEnd(request: IncomingMessage, socket: Duplex, log: Logger): void {
  const startedAt = performance.now()
  const { method, url, socket: connection } = request
  const remote = connection.remoteAddress
  socket.once('close', () => {
    const duration = Math.round((performance.now() - startedAt) * 1000) / 1000
    log.info({ event: 'upgrade', method, url, duration, remote }, 'Upgraded connection')
  })
}
