/** `tsrv scale`: other numbers of workers, without a reload. */
import { requestScale } from '../../control/client.ts'
import { findRunningServer } from '../../control/running-server.ts'
import type { ScaleRequest } from '../../control/protocol.ts'
import { TsrvError } from '../../errors.ts'
import { printScaled } from '../render/scale.ts'
import { locateServer } from '../server-place.ts'

/** Milliseconds; each new worker may take its `processes.bootTimeout`, and a reload may come first. */
const PATIENCE = 10 * 60 * 1000

export async function scale(config: string | undefined, request: ScaleRequest): Promise<number> {
  const { paths } = locateServer(config)
  const running = await findRunningServer(paths)
  if (running === undefined) throw new TsrvError('SERVER_NOT_RUNNING')
  const { pid } = running
  const report = await requestScale(paths.controlSocket, request, { pid, timeout: PATIENCE })
  if (report === undefined) throw new TsrvError('SERVER_NOT_RUNNING')
  printScaled(report)
  return 0
}
