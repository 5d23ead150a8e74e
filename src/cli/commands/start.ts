/** `tsrv start`: loads the configuration and becomes the supervisor. */
import { processEnv } from '../../config/env.ts'
import { evaluateConfig, isModuleConfig } from '../../config/evaluate.ts'
import { ignoreHarmlessSignals } from '../../entry/stop-signals.ts'
import type { ConfigOptions } from '../config-options.ts'
import { locateServer } from '../server-place.ts'

export async function start(options: ConfigOptions): Promise<number> {
  ignoreHarmlessSignals()
  const { file, paths } = locateServer(options.file)
  const [cwd, env, command] = [process.cwd(), processEnv(), 'start']
  const { cacheDir } = paths
  // Evaluated in a process of its own, while this one loads what it will need: a fifth of the time of a start.
  const isModule = file !== undefined && isModuleConfig(file)
  const evaluation = isModule ? evaluateConfig({ file, command, env, cacheDir }) : undefined
  const [{ runServer }, { loadConfig }, { EVENT_NAMES: events }, { formatProblem }, render] =
    await Promise.all([
      import('../../entry/supervisor.ts'),
      import('../../config/load.ts'),
      import('../../events/catalogue.ts'),
      import('../../config/problems.ts'),
      import('../render/server.ts'),
    ])
  const loaded = await loadConfig({ ...options, cwd, env, command, events, cacheDir, evaluation })
  const { config, warnings } = loaded
  for (const warning of warnings) render.printWarning(formatProblem(warning, '⚠'))
  const exitCode = await runServer({
    config,
    paths,
    env,
    // Flags of the start stay in force, unless the reload brings its own.
    load: (counts) =>
      loadConfig({
        ...options,
        flags: { ...options.flags, ...counts },
        cwd,
        env,
        command: 'reload',
        events,
        cacheDir,
      }),
    onReady: (server, log) => render.printBanner({ ...server, config }, log.logger),
    onStopping: (reason, log) => render.printStopping(reason, config, log.logger),
  })
  render.printStopped(config)
  return exitCode
}
