/** What every child process does first: its log, and the end when an error escaped everything. */
import type { Config } from '../config/config.ts'
import { messageOf } from '../errors.ts'
import type { ProcessLog, ProcessLogOptions } from '../log/process-log.ts'
import type { SupervisorLink } from './supervisor-link.ts'

export function logOptions({ log, name }: Config, role: string): ProcessLogOptions {
  const pretty = log.pretty === 'auto' ? process.stdout.isTTY : log.pretty
  return { level: log.level, pretty, fields: { name, process: role, pid: process.pid } }
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
