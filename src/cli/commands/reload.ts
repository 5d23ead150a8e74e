/** `tsrv reload`: new code and configuration without a failed request. */
import { requestReload } from '../../control/client.ts'
import { findRunningServer } from '../../control/running-server.ts'
import type { ReloadRequest } from '../../control/protocol.ts'
import { TsrvError } from '../../errors.ts'
import { printReloaded } from '../render/reload.ts'
import { printLine } from '../render/terminal.ts'
import { locateServer } from '../server-place.ts'

/** Boots of many workers add up; each of them has its own `processes.bootTimeout`. */
const PATIENCE = 10 * 60 * 1000

export async function reload(config: string | undefined, request: ReloadRequest): Promise<number> {
  const { paths } = locateServer(config)
  const running = await findRunningServer(paths)
  if (running === undefined) throw new TsrvError('SERVER_NOT_RUNNING')
  printLine('Reloading server ...')
  const { pid } = running
  const report = await requestReload(paths.controlSocket, request, { pid, timeout: PATIENCE })
  if (report === undefined) throw new TsrvError('SERVER_NOT_RUNNING')
  printReloaded(report)
  return 0
}
