/**
 * Packages that only few need, and nobody should download with `npm ci`: installed when first asked for, at an exact
 * version, below `node_modules/.cache`.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'

const CACHE = path.resolve(import.meta.dirname, '../node_modules/.cache/tsrv')

/**
 * @param version exact
 * @param runsScripts whether the package's own install scripts run; they do not by default
 * @returns the package's folder
 */
export function packageOnDemand(name: string, version: string, runsScripts = false): string {
  const home = path.join(CACHE, `${name}-${version}`)
  if (!existsSync(home)) install(home, name, version, runsScripts)
  return path.join(home, 'node_modules', name)
}

/** Beside its place and then renamed, so that an install that was interrupted is not taken for a whole one. */
function install(home: string, name: string, version: string, runsScripts: boolean): void {
  console.log(`Installing ${name} ${version} into ${path.relative(process.cwd(), home)}`)
  mkdirSync(CACHE, { recursive: true })
  const unfinished = mkdtempSync(`${home}-`)
  const manifest = { private: true, dependencies: { [name]: version }, allowScripts: { [name]: runsScripts } }
  writeFileSync(path.join(unfinished, 'package.json'), JSON.stringify(manifest))
  const scripts = runsScripts ? [] : ['--ignore-scripts']
  execFileSync('npm', ['install', '--no-audit', '--no-fund', ...scripts], {
    cwd: unfinished,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  renameSync(unfinished, home)
}
