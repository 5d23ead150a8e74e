/** `tsrv status`: what the running server says of itself; the exit status says it to scripts. */
import { findRunningServer } from '../../control/running-server.ts'
import { EXIT } from '../../errors.ts'
import { printStatus } from '../render/status.ts'
import { printLine } from '../render/terminal.ts'
import { locateServer } from '../server-place.ts'

export interface StatusOptions {
  readonly config?: string
  readonly json: boolean
}

export async function status({ config, json }: StatusOptions): Promise<number> {
  const running = await findRunningServer(locateServer(config).paths)
  if (running === undefined) {
    printLine(json ? JSON.stringify({ state: 'stopped' }) : 'Server is not running')
    return EXIT.notRunning
  }
  const { pid, status: answer } = running
  if (json)
    printLine(
      JSON.stringify(answer ?? { pid, state: 'unhealthy', problems: ['it does not answer'] }, null, 2),
    )
  else if (answer === undefined) printLine(`Server is running (pid ${pid}) but does not answer`)
  else printStatus(answer)
  return answer?.state === 'ready' ? 0 : EXIT.failure
}
