/** What tsrv writes records to, and what user code gets to write them with. */

/** Writes log records; an object first becomes fields of the record (as in pino). */
export interface Logger {
  trace: LogMethod
  debug: LogMethod
  info: LogMethod
  warn: LogMethod
  error: LogMethod
  fatal: LogMethod
}

interface LogMethod {
  (message: string): void
  (fields: object, message?: string): void
}
