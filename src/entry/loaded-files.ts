/**
 * Tells which files of the user's this process or thread loads, for the watch mode of the supervisor: modules of every
 * kind, also those that are loaded late, and those that were looked for in vain. Nothing that belongs to a package.
 */
import { findPackageJSON, registerHooks } from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { writtenAt } from '../util/written-at.ts'
import type { Loaded, LoadedFile } from '../wire/loaded.ts'

export interface Listener {
  /** Whether anybody wants to hear of it. */
  readonly watch?: boolean
  readonly generation: number
}

/** From here on; what has been loaded before is not heard of. */
export function reportLoads({ watch, generation }: Listener, send: (message: Loaded) => void): void {
  if (watch !== true) return
  const known = new Set<string>()
  let batch: LoadedFile[] = []
  const flush = (): void => {
    if (batch.length === 0) return
    const files = batch
    batch = []
    send({ type: 'loaded', generation, files })
  }
  const note = (file: string): void => {
    if (known.has(file)) return
    known.add(file)
    batch.push([file, writtenAt(file)])
    // Modules run in a later turn than the one in which they are loaded: whatever they do, they are known by then.
    if (batch.length === 1) queueMicrotask(flush)
  }
  registerHooks({
    resolve(specifier, context, nextResolve) {
      try {
        return nextResolve(specifier, context)
      } catch (error) {
        const { parentURL } = context
        for (const file of withoutTrouble(() => lookedFor({ specifier, error, parentURL }))) note(file)
        throw error
      }
    },
    load(url, context, nextLoad) {
      if (isOfUser(url)) for (const file of withoutTrouble(() => [fileURLToPath(url)])) note(file)
      // What is required runs at once, and may never come to an end.
      if (context.conditions.includes('require')) flush()
      return nextLoad(url, context)
    },
  })
  process.on('exit', flush)
}

const OWN = new URL('../', import.meta.url).href

function isOfUser(url: string): boolean {
  return url.startsWith('file:') && !url.includes('/node_modules/') && !url.startsWith(OWN)
}

/** URLs and errors may be anything; what the program hears of them must be what it hears without us. */
function withoutTrouble(files: () => readonly string[]): readonly string[] {
  try {
    return files()
  } catch {
    return []
  }
}

interface Failure {
  readonly specifier: string
  readonly parentURL?: string | undefined
  readonly error: unknown
}

const NOT_FOUND: readonly unknown[] = ['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND']

/** Where a file would have to appear for this to be found. */
function lookedFor({ specifier, parentURL, error }: Failure): readonly string[] {
  const { code, url } = error as { readonly code?: unknown; readonly url?: unknown }
  if (!NOT_FOUND.includes(code)) return []
  if (typeof url === 'string') return isOfUser(url) ? [fileURLToPath(url)] : []
  if (parentURL === undefined || !isOfUser(parentURL)) return []
  if (/^(\.|\/|file:)/.test(specifier)) return candidates(fileURLToPath(new URL(specifier, parentURL)))
  // A package: installing it changes the package.json of whoever wants it.
  const manifest = findPackageJSON('.', parentURL)
  return manifest?.endsWith('package.json') === true ? [manifest] : []
}

const EXTENSIONS = ['.js', '.ts', '.cjs', '.cts', '.mjs', '.mts', '.json', '/index.js', '/index.ts']

/** `require` and loaders of users find files by less than their name. */
function candidates(target: string): readonly string[] {
  return path.extname(target) === '' ? EXTENSIONS.map((extension) => target + extension) : [target]
}
