/**
 * `npm run test:node26`: the tests under the next Node; `npm run test:node26 -- frame` runs some of them, and
 * `npm run test:node26 -- --chaos reload` some of `npm run test:chaos`.
 */
import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { packageOnDemand } from './on-demand.ts'

const VERSION = '26.10.0'

const CHAOS = '--chaos'
const parts = process.argv.slice(2).filter((argument) => argument !== CHAOS)
const suite = process.argv.includes(CHAOS) ? ['scripts/chaos.ts'] : ['scripts/test.ts', '--tests-only']

// The package "node" has no binary of its own: its install script fetches the one for this platform.
const bin = path.join(packageOnDemand('node', VERSION, true), 'bin')
const { status, error } = spawnSync(path.join(bin, 'node'), [...suite, ...parts], {
  cwd: path.resolve(import.meta.dirname, '..'),
  stdio: 'inherit',
  env: { ...process.env, PATH: `${bin}${path.delimiter}${process.env['PATH']}` },
})
if (error !== undefined) throw error
process.exitCode = status ?? 1
