/**
 * Whether a server runs in a run directory. Nothing that may outlive a server (a socket file, a pid) is believed
 * by itself: the socket has to answer, or the pid to belong to a process with the recorded start time.
 */
import { isSameProcess } from '../util/process-identity.ts'
import { requestStatus, type ControlCallOptions } from './client.ts'
import { readLock } from './lock.ts'
import type { Status } from './protocol.ts'
import type { RunDirectory } from './run-directory.ts'
import { readServerJson } from './server-json.ts'

export interface RunningServer {
  /** Process id of the supervisor. */
  readonly pid: number
  /** Absent when only its answer is known. */
  readonly startTime?: string
  /** Absent while it does not answer: still starting, nearly gone, or stuck. */
  readonly status?: Status
}

type Places = Pick<RunDirectory, 'controlSocket' | 'serverJson' | 'lock'>

/**
 * @returns undefined when no server runs there.
 * @throws TsrvError `TSRV_CONTROL_FAILED` when something holds the control socket, does not answer, and no
 * recorded process is alive.
 */
export async function findRunningServer(
  paths: Places,
  options: ControlCallOptions = {},
): Promise<RunningServer | undefined> {
  const recorded = recordedProcess(paths)
  try {
    const status = await requestStatus(paths.controlSocket, { pid: recorded?.pid, ...options })
    if (status === undefined) return recorded
    return { pid: status.pid, status, ...(recorded?.pid === status.pid && { startTime: recorded.startTime }) }
  } catch (error) {
    options.signal?.throwIfAborted()
    if (recorded === undefined) throw error
    return recorded
  }
}

function recordedProcess(paths: Places): { pid: number; startTime: string } | undefined {
  const record = readServerJson(paths.serverJson)
  if (record !== undefined && isSameProcess(record)) return { pid: record.pid, startTime: record.startTime }
  // During a boot there is a lock but no server.json yet.
  const holder = readLock(paths.lock)
  return holder === undefined ? undefined : { pid: holder.pid, startTime: holder.startTime }
}
