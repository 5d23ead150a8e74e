/** `tsrv start`: loads the configuration and becomes the supervisor. */
import { processEnv } from '../../config/env.ts'
import { loadConfig } from '../../config/load.ts'
import { formatProblem } from '../../config/problems.ts'
import { EVENT_NAMES } from '../../events/catalogue.ts'
import type { ConfigOptions } from '../config-options.ts'
import { printBanner, printStopping } from '../render/server.ts'
import { printLine } from '../render/terminal.ts'
import { locateServer } from '../server-place.ts'

export async function start(options: ConfigOptions): Promise<number> {
  const startedAt = performance.now()
  const env = processEnv()
  const paths = locateServer(options.file)
  // Loaded while the configuration is evaluated in a process of its own.
  const supervisor = import('../../entry/supervisor.ts')
  const loading = loadConfig({
    ...options,
    cwd: process.cwd(),
    command: 'start',
    events: EVENT_NAMES,
    env,
    cacheDir: paths.cacheDir,
  })
  const [{ config, warnings }, { runServer }] = await Promise.all([loading, supervisor])
  for (const warning of warnings) printLine(formatProblem(warning, '⚠'), 'stderr')
  return runServer({
    config,
    paths,
    env,
    onReady: (server, log) => printBanner({ ...server, config, runDir: paths.dir, startedAt }, log.logger),
    onStopping: (reason, log) => printStopping(reason, config, log.logger),
  })
}
