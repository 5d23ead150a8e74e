/** What can be set from outside for a chaos run. */

/** Seconds of killing. */
export const SECONDS = Number(process.env['TSRV_CHAOS_SECONDS'] ?? 60)

/** Kills in the same places again when given; else another one each time. */
export const SEED = Number(process.env['TSRV_CHAOS_SEED'] ?? Date.now() % 2 ** 31)

/** More settings for the server, e.g. `tasks.broker=memory`, separated by spaces. */
export const SETTINGS: readonly string[] = (process.env['TSRV_CHAOS_SETTINGS'] ?? '')
  .split(' ')
  .filter((setting) => setting !== '')

/** Leaves the folders of the servers with journal and log, to look at. */
export const KEEP = process.env['TSRV_CHAOS_KEEP'] !== undefined
