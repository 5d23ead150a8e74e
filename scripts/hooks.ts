/** `npm run hooks`: installs the git hooks of lefthook.yml. The hooks call this file as well, to run lefthook. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { packageOnDemand } from './on-demand.ts'

const VERSION = '2.2.2'
const ROOT = path.resolve(import.meta.dirname, '..')

const asked = process.argv.slice(2)
if (existsSync(path.join(ROOT, '.git'))) runLefthook(asked.length === 0 ? ['install'] : asked)
else console.log('This folder is no git repository: there are no hooks to install.')

function runLefthook(args: readonly string[]): void {
  // Its install script would install the hooks of the folder it happens to be in.
  const lefthook = path.join(packageOnDemand('lefthook', VERSION), 'bin/index.js')
  const { status, error } = spawnSync(process.execPath, [lefthook, ...args], { cwd: ROOT, stdio: 'inherit' })
  if (error !== undefined) throw error
  process.exitCode = status ?? 1
}
