/** `tsrv logs`: the end of the log of a server that writes a file, and what comes. */
import { existsSync } from 'node:fs'
import path from 'node:path'
import { notedLogFile } from '../../control/log-note.ts'
import { findRunningServer } from '../../control/running-server.ts'
import type { RunDirectory } from '../../control/run-directory.ts'
import { readServerJson } from '../../control/server-json.ts'
import { StopSignals } from '../../entry/stop-signals.ts'
import { messageOf, TsrvError } from '../../errors.ts'
import { tail } from '../log-tail.ts'
import { LogOutput } from '../render/log.ts'
import { printWarning } from '../render/server.ts'
import { locateServer } from '../server-place.ts'

export interface LogsOptions {
  readonly config?: string
  readonly follow: boolean
  /** Infinity for all. */
  readonly lines: number
}

export async function logs({ config, follow, lines }: LogsOptions): Promise<number> {
  const { paths } = locateServer(config)
  const file = await findLog(paths)
  using stops = new StopSignals()
  using output = await LogOutput.open()
  const ended = AbortSignal.any([output.closed, stops.signal])
  try {
    for await (const some of tail(file, { lines, ...(follow && { follow: ended }) })) {
      await output.write(some)
      if (ended.aborted) break
    }
  } catch (error) {
    throw missing(file, messageOf(error), error)
  }
  return 0
}

/** A log that the running server does not write is either not there or of an earlier one. */
async function findLog(paths: RunDirectory): Promise<string> {
  const record = readServerJson(paths.serverJson)
  const file = record?.logFile ?? notedLogFile(paths)
  const isThere = existsSync(file)
  if (isThere && (record === undefined || record.logFile !== undefined)) return file
  const running = await findRunningServer(paths)
  if (running === undefined) {
    if (!isThere) throw missing(file, 'no server was started with "tsrv start -d" here')
  } else if (!isThere && record?.logFile !== undefined) {
    throw missing(file, 'it was moved away, and nothing has been written since')
  } else if (!isThere) {
    throw missing(
      file,
      `the server (pid ${running.pid}) runs in the foreground and logs where it was started`,
    )
  } else {
    printWarning(
      `⚠ The server (pid ${running.pid}) runs in the foreground and logs where it was started; this log is of an earlier one`,
    )
  }
  return file
}

function missing(file: string, reason: string, cause?: unknown): TsrvError {
  return new TsrvError('LOG_MISSING', { file: path.relative('', file), reason }, { cause })
}
