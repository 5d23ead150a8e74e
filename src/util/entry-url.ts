/**
 * Where the program of a process role lives. Roles are started by URL, never imported, so that the
 * supervisor does not load what its children load.
 */

export type Role = 'http-worker' | 'task-server' | 'task-worker' | 'task-store' | 'service' | 'config-loader'

// tsc rewrites `.ts` in import statements but not in `new URL()`: the extension is taken from this very file,
// which ends in .ts in a checkout and in .js in the published package.
const EXTENSION = import.meta.url.slice(import.meta.url.lastIndexOf('.'))

export function entryUrl(role: Role): URL {
  return new URL(`../entry/${role}${EXTENSION}`, import.meta.url)
}
