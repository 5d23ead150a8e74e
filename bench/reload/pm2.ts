/** PM2 in cluster mode. Its daemon lives in the folder of the turn, so that it meets no other one. */
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { packagesOnDemand } from '../../scripts/on-demand.ts'
import { command, type Contender, endProcesses, WORKERS } from './contender.ts'

const VERSION = '7.0.4'

interface Listed {
  readonly pid: number
}

export const pm2Defaults = pm2('', {})

/** As its page on graceful reloads asks for: it waits for `ready`, and longer than the slowest request. */
export const pm2Recommended = pm2(', wait_ready, kill_timeout 10 s', {
  wait_ready: true,
  listen_timeout: 10_000,
  kill_timeout: 10_000,
})

function pm2(settings: string, options: Readonly<Record<string, unknown>>): Contender {
  return {
    name: `pm2 ${VERSION} reload${settings}`,
    async start(dir, port) {
      const bin = path.join(packagesOnDemand({ pm2: VERSION }), 'pm2/bin/pm2')
      const env = { PM2_HOME: path.join(dir, '.pm2'), PM2_DISABLE_VERSION_CHECK: 'true' }
      const app = {
        name: 'app',
        script: './server.mjs',
        instances: WORKERS,
        exec_mode: 'cluster',
        env: { PORT: String(port) },
        ...options,
      }
      writeFileSync(path.join(dir, 'ecosystem.config.json'), JSON.stringify({ apps: [app] }))
      await command(dir, [bin, 'start', 'ecosystem.config.json'], env)
      const daemon = Number(readFileSync(path.join(env.PM2_HOME, 'pm2.pid'), 'utf8'))
      return {
        reload: async () => void (await command(dir, [bin, 'reload', 'app'], env)),
        async [Symbol.asyncDispose]() {
          const list = JSON.parse(await command(dir, [bin, 'jlist', '--silent'], env)) as readonly Listed[]
          await command(dir, [bin, 'kill'], env).catch(() => {})
          await endProcesses([daemon, ...list.map(({ pid }) => pid)])
        },
      }
    },
  }
}
