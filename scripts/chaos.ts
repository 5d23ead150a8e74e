/**
 * `npm run test:chaos`: ends processes at every moment and judges what came of the tasks. Apart from `npm test`,
 * because it takes minutes and the whole machine; one file at a time.
 *
 *   npm run test:chaos [-- part of a file name]
 *
 * TSRV_CHAOS_SECONDS of killing (60), TSRV_CHAOS_SEED to have a run again, TSRV_CHAOS_SETTINGS for the server, such
 * as `tasks.broker=memory`; TSRV_CHAOS_KEEP=1 leaves the folders of the servers.
 */
import { spawnSync } from 'node:child_process'
import { globSync } from 'node:fs'
import path from 'node:path'

const LIMIT = 600_000

const root = path.resolve(import.meta.dirname, '..')
const wanted = process.argv.slice(2)
const files = globSync('test/chaos/*.test.ts', { cwd: root })
  .sort()
  .filter((file) => wanted.length === 0 || wanted.some((part) => file.includes(part)))
const args = ['--test', '--test-reporter=spec', '--test-concurrency=1', `--test-timeout=${LIMIT}`, ...files]
const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' })
process.exitCode = status ?? 1
