/** What `npm install @tsrv/server` brings along, told from the lockfile. */
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'

interface Entry {
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>
}

const ROOT = path.resolve(import.meta.dirname, '..')

/** Folders of the packages, relative to the checkout; without those for other platforms, which are not here. */
export function productionPackages(): string[] {
  const { packages } = JSON.parse(readFileSync(path.join(ROOT, 'package-lock.json'), 'utf8')) as {
    packages: Readonly<Record<string, Entry>>
  }
  const found = new Set([''])
  // A set can grow while it is walked.
  for (const key of found) {
    for (const name of wantedBy(packages[key] ?? {})) {
      const folder = candidates(key, name).find((candidate) => packages[candidate] !== undefined)
      if (folder !== undefined && existsSync(path.join(ROOT, folder))) found.add(folder)
    }
  }
  return [...found].slice(1)
}

/** Optional dependencies are installed, optional peers are not. */
function wantedBy({
  dependencies,
  optionalDependencies,
  peerDependencies = {},
  peerDependenciesMeta,
}: Entry): string[] {
  const peers = Object.keys(peerDependencies).filter(
    (name) => peerDependenciesMeta?.[name]?.optional !== true,
  )
  return [...Object.keys({ ...dependencies, ...optionalDependencies }), ...peers]
}

/** Where Node would look for it, nearest first. */
function candidates(from: string, name: string): string[] {
  const above = from.lastIndexOf('/node_modules/')
  const here = `${from === '' ? '' : `${from}/`}node_modules/${name}`
  if (from === '') return [here]
  return [here, ...candidates(above === -1 ? '' : from.slice(0, above), name)]
}
