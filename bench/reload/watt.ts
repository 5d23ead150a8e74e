/**
 * Watt, by `wattpm restart`, which replaces worker after worker, and by `wattpm reload`, which starts it anew. It gives
 * an app 10 s to end by default, which is enough for the slowest request here.
 */
import { spawn } from 'node:child_process'
import { symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { packagesOnDemand } from '../../scripts/on-demand.ts'
import { command, type Contender, endProcesses, WORKERS } from './contender.ts'

const VERSIONS = { wattpm: '3.67.0', '@platformatic/node': '3.65.0' }

export const wattRestart = watt('restart')
export const wattReload = watt('reload')

function watt(verb: 'restart' | 'reload'): Contender {
  return {
    name: `wattpm ${VERSIONS.wattpm} ${verb}`,
    async start(dir, port) {
      const packages = packagesOnDemand(VERSIONS)
      const bin = path.join(packages, 'wattpm/bin/cli.js')
      symlinkSync(packages, path.join(dir, 'node_modules'))
      const config = {
        $schema: `https://schemas.platformatic.dev/@platformatic/node/${VERSIONS['@platformatic/node']}.json`,
        node: { main: 'server.mjs' },
        runtime: {
          workers: { static: WORKERS, dynamic: false },
          server: { hostname: '127.0.0.1', port },
          logger: { level: 'error' },
        },
      }
      writeFileSync(path.join(dir, 'watt.json'), JSON.stringify(config))
      const child = spawn(process.execPath, [bin, 'start'], { cwd: dir, stdio: 'ignore' })
      const pids = [child.pid ?? 0]
      return {
        async reload() {
          const said = await command(dir, [bin, verb, String(pids.at(-1))])
          const next = /running as PID \D*(\d+)/.exec(said)?.[1]
          if (next !== undefined) pids.push(Number(next))
        },
        [Symbol.asyncDispose]: () => endProcesses(pids),
      }
    },
  }
}
