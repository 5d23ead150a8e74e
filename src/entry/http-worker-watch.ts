/** What an HTTP worker watches in itself once it serves: its heartbeat, its wear, its requests and their errors. */
import type { Config } from '../config/config.ts'
import { watchHandlers } from '../http/handler-timeouts.ts'
import type { OpenRequests } from '../http/open-requests.ts'
import { withJitter, wornBy } from '../http/wear.ts'
import type { ProcessLog } from '../log/process-log.ts'
import type { Beat } from '../wire/heartbeat.ts'
import type { Retirement } from '../wire/messages.ts'
import { startHeartbeat } from './heartbeat.ts'
import { RequestNotes } from './request-notes.ts'
import type { SupervisorLink } from './supervisor-link.ts'
import { UncaughtErrors } from './uncaught-errors.ts'

export interface HttpWorkerWatch {
  readonly link: SupervisorLink
  readonly log: ProcessLog
  readonly open: OpenRequests
  readonly config: Config
}

/** Descriptor after that of the slot's socket. */
const NOTE_FD = 5

/** @returns who has its uncaught errors from now on */
export function watchHttpWorker({ link, log, open, config }: HttpWorkerWatch): UncaughtErrors['caught'] {
  const { handlerTimeout, ...limits } = config.http
  const { logger } = log
  const startedAt = performance.now()
  const notes = new RequestNotes(NOTE_FD, open)
  open.onCame((request) => notes.came(request))
  if (handlerTimeout > 0) watchHandlers({ timeout: handlerTimeout, open, log: logger })

  const retire = (retirement: Retirement): void => void link.send({ type: 'retire', ...retirement })
  const wear = withJitter(limits, Math.random())
  startHeartbeat(link, ({ memory }): Partial<Beat> => {
    notes.refresh()
    const worn = wornBy(wear, { requests: open.served, memory, age: performance.now() - startedAt })
    // Said again until it is told to leave: the supervisor counts the first.
    if (worn !== undefined) retire({ because: 'worn', reason: worn })
    return { requests: { served: open.served, open: open.size } }
  })
  const errors = new UncaughtErrors({ open, log: logger, retire })
  return (error, origin) => errors.caught(error, origin)
}
