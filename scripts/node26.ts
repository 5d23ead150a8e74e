/** `npm run test:node26`: the tests under the next Node; `npm run test:node26 -- frame` runs some of them. */
import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { packageOnDemand } from './on-demand.ts'

const VERSION = '26.10.0'

// The package "node" has no binary of its own: its install script fetches the one for this platform.
const bin = path.join(packageOnDemand('node', VERSION, true), 'bin')
const { status, error } = spawnSync(
  path.join(bin, 'node'),
  ['scripts/test.ts', '--tests-only', ...process.argv.slice(2)],
  {
    cwd: path.resolve(import.meta.dirname, '..'),
    stdio: 'inherit',
    env: { ...process.env, PATH: `${bin}${path.delimiter}${process.env['PATH']}` },
  },
)
if (error !== undefined) throw error
process.exitCode = status ?? 1
