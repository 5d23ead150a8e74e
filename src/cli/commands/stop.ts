/** `tsrv stop`: asks the server to stop and waits until its process is really gone. */
import { requestStop } from '../../control/client.ts'
import { findRunningServer } from '../../control/running-server.ts'
import { TsrvError } from '../../errors.ts'
import { isSameProcess, type ProcessIdentity, startTimeOf } from '../../util/process-identity.ts'
import { printLine } from '../render/terminal.ts'
import { locateServer } from '../server-place.ts'

export interface StopOptions {
  readonly config?: string
  /** Seconds. */
  readonly timeout: number
  readonly force: boolean
}

const POLL = 20

export async function stop({ config, timeout, force }: StopOptions): Promise<number> {
  const { paths } = locateServer(config)
  const running = await findRunningServer(paths)
  if (running === undefined) {
    printLine('Server is not running')
    return 0
  }
  const { pid, startTime = startTimeOf(pid) } = running
  printLine('Stopping server ...')
  const isStuck = running.status === undefined
  const hasAgreed = !(isStuck && force) && (await requestStop(paths.controlSocket, { force }, { pid }))
  // A supervisor that is still starting has no control socket yet, but knows its signals.
  if (!hasAgreed) signal(pid, force ? 'SIGKILL' : 'SIGTERM')
  if (startTime !== undefined) await gone({ pid, startTime }, timeout)
  printLine('Server stopped')
  return 0
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    // Gone in this very moment is what was asked for.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

async function gone(server: ProcessIdentity, seconds: number): Promise<void> {
  const endsAt = performance.now() + seconds * 1000
  while (isSameProcess(server)) {
    if (performance.now() > endsAt) throw new TsrvError('STOP_TIMEOUT', { pid: server.pid, seconds })
    await new Promise((resolve) => setTimeout(resolve, POLL))
  }
}
