/**
 * Packages that only few need, and nobody should download with `npm ci`: installed when first asked for, at exact
 * versions, below `node_modules/.cache`.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'

const CACHE = path.resolve(import.meta.dirname, '../node_modules/.cache/tsrv')

/** Exact versions by name. */
export type Versions = Readonly<Record<string, string>>

/**
 * @param version exact
 * @param runsScripts whether the package's own install scripts run; they do not by default
 * @returns the package's folder
 */
export function packageOnDemand(name: string, version: string, runsScripts = false): string {
  return path.join(packagesOnDemand({ [name]: version }, runsScripts), name)
}

/**
 * Packages that have to find each other.
 *
 * @returns their `node_modules`
 */
export function packagesOnDemand(versions: Versions, runsScripts = false): string {
  const names = Object.entries(versions).map(([name, version]) => `${name}-${version}`)
  const home = path.join(CACHE, names.join('+').replaceAll('/', '-'))
  if (!existsSync(home)) install(home, versions, runsScripts)
  return path.join(home, 'node_modules')
}

/** Beside its place and then renamed, so that an install that was interrupted is not taken for a whole one. */
function install(home: string, versions: Versions, runsScripts: boolean): void {
  const list = Object.entries(versions).map(([name, version]) => `${name} ${version}`)
  console.log(`Installing ${list.join(', ')} into ${path.relative(process.cwd(), home)}`)
  mkdirSync(CACHE, { recursive: true })
  const unfinished = mkdtempSync(`${home}-`)
  const allowScripts = Object.fromEntries(Object.keys(versions).map((name) => [name, runsScripts]))
  const manifest = { private: true, dependencies: versions, allowScripts }
  writeFileSync(path.join(unfinished, 'package.json'), JSON.stringify(manifest))
  const scripts = runsScripts ? [] : ['--ignore-scripts']
  execFileSync('npm', ['install', '--no-audit', '--no-fund', ...scripts], {
    cwd: unfinished,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  renameSync(unfinished, home)
}
