/** `tsrv restart`: a new supervisor in place of the old one, with the same process id and the same sockets. */
import { requestRestart, requestStatus } from '../../control/client.ts'
import type { Status } from '../../control/protocol.ts'
import { findRunningServer } from '../../control/running-server.ts'
import { TsrvError } from '../../errors.ts'
import { isSameProcess, startTimeOf } from '../../util/process-identity.ts'
import { printRestarted } from '../render/restart.ts'
import { printLine } from '../render/terminal.ts'
import { locateServer } from '../server-place.ts'

/** Boots of all processes, and requests and tasks that take their time. */
const PATIENCE = 10 * 60 * 1000
const POLL = 50

export async function restart(config: string | undefined): Promise<number> {
  const { paths } = locateServer(config)
  const running = await findRunningServer(paths)
  if (running === undefined) throw new TsrvError('SERVER_NOT_RUNNING')
  const { pid, status: before } = running
  printLine('Restarting server ...')
  if (!(await requestRestart(paths.controlSocket, { pid, timeout: PATIENCE })))
    throw new TsrvError('SERVER_NOT_RUNNING')
  printRestarted(before, await successorOf(running, paths.controlSocket))
  return 0
}

interface Running {
  readonly pid: number
  readonly startTime?: string
  readonly status?: Status
}

/** Waits until the one that answers has been started later than the one before, and is ready. */
async function successorOf(before: Running, socket: string): Promise<Status> {
  const { pid, startTime = startTimeOf(pid) ?? '' } = before
  const endsAt = performance.now() + PATIENCE
  while (performance.now() < endsAt) {
    // While it is being replaced nobody answers.
    const status = await requestStatus(socket, { pid }).catch(() => undefined)
    const isNew = status !== undefined && status.startedAt !== before.status?.startedAt
    if (isNew && (status.state === 'ready' || status.state === 'unhealthy')) return status
    if (!isSameProcess({ pid, startTime })) throw new TsrvError('RESTART_ENDED', { pid })
    await new Promise((resolve) => setTimeout(resolve, POLL))
  }
  throw new TsrvError('CONTROL_FAILED', { pid, socket, reason: 'the restart takes too long' })
}
