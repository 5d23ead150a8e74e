/** What `[swoole]` of an INI file writes differently: levels as constants or numbers, seconds. */

const LEVELS = ['debug', 'trace', 'info', 'info', 'warn', 'error', 'silent'] as const
const CONSTANTS = ['DEBUG', 'TRACE', 'INFO', 'NOTICE', 'WARNING', 'ERROR', 'NONE'] as const

/** `SWOOLE_LOG_DEBUG`, or its number 0, as a level of ours; anything else is left for the schema to judge. */
export function swooleLogLevel(written: string): string {
  const index = /^\d$/.test(written)
    ? Number(written)
    : CONSTANTS.findIndex((constant) => `SWOOLE_LOG_${constant}` === written)
  return LEVELS[index] ?? written
}

/** Swoole counts this setting in seconds. */
export function swooleSeconds(written: string): string {
  return /^\d+(?:\.\d+)?$/.test(written) ? `${written}s` : written
}
