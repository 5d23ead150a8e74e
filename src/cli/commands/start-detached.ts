/** The server of `tsrv start -d`, inside: a start whose outcome goes to the command that waits for it. */
import { Starter } from '../../entry/starter.ts'
import { EXIT, TsrvError } from '../../errors.ts'
import { errorToWire } from '../../wire/error-report.ts'
import type { ConfigOptions } from '../config-options.ts'
import { start } from './start.ts'

export async function startDetached(options: ConfigOptions): Promise<number> {
  using starter = new Starter()
  try {
    return await start(options, { starter })
  } catch (error) {
    // Nobody waits any more: it goes to standard error, which is the log.
    if (!starter.isWaiting) throw error
    await starter.report({ kind: 'failed', error: errorToWire(error) })
    return error instanceof TsrvError ? error.exitCode : EXIT.failure
  }
}
