/** Records as readable lines: on the terminal of a server, and in `tsrv logs`. */
import type { PrettyOptions } from 'pino-pretty'

/** @param colorize whether the reader is a terminal that wants colours */
export function prettyOptions(colorize: boolean): PrettyOptions {
  return {
    colorize,
    translateTime: 'HH:MM:ss.l',
    ignore: 'name,pid,process',
    messageFormat: '{process}  {msg}',
  }
}
