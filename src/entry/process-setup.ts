/** What every child process does first: its log, and the end when an error escaped everything. */
import path from 'node:path'
import type { Config } from '../config/config.ts'
import { messageOf } from '../errors.ts'
import type { ProcessLog, ProcessLogOptions } from '../log/process-log.ts'
import type { LogPlace } from '../wire/messages.ts'
import type { SupervisorLink } from './supervisor-link.ts'

export function logOptions({ log, name }: Config, role: string, place?: LogPlace): ProcessLogOptions {
  const isTerminal = place === undefined && process.stdout.isTTY
  return {
    level: log.level,
    pretty: log.pretty === 'auto' ? isTerminal : log.pretty,
    fields: { name, process: role, pid: process.pid },
    place,
    takesPrints: true,
  }
}

/** @param background where a server in the background logs if the configuration names no file */
export function logPlaceOf({ log, root }: Config, background: string | undefined): LogPlace | undefined {
  const file = log.file === undefined ? background : path.resolve(root, log.file)
  return file === undefined ? undefined : { file, isOutput: background !== undefined }
}

type UncaughtHandler = (error: unknown, origin: string) => void

/**
 * After an uncaught error nothing is known about the state of the process: say so, and let it be replaced.
 *
 * @returns sets who has such errors instead, from then on
 */
export function endOnUncaught(log: ProcessLog, link?: SupervisorLink): (handle: UncaughtHandler) => void {
  let handle: UncaughtHandler = (error, origin) => {
    log.logger.fatal({ err: error, origin }, 'Uncaught error; this process ends')
    log.flush()
    void link?.send({ type: 'last-words', reason: `${origin}: ${messageOf(error)}` })
    process.exit(1)
  }
  process.on('uncaughtException', (error, origin) => handle(error, origin))
  process.on('exit', () => log.flush())
  return (other) => {
    handle = other
  }
}
