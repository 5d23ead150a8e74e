/** `tsrv start`: loads the configuration and becomes the supervisor. */
import { processEnv } from '../../config/env.ts'
import { evaluateConfig, isModuleConfig } from '../../config/evaluate.ts'
import type { Starter } from '../../entry/starter.ts'
import { ignoreHarmlessSignals, StopSignals } from '../../entry/stop-signals.ts'
import type { ConfigOptions } from '../config-options.ts'
import { locateServer } from '../server-place.ts'

/** @param starter the command that waits for a server in the background */
export async function start(options: ConfigOptions, starter?: Starter): Promise<number> {
  ignoreHarmlessSignals()
  using stops = new StopSignals()
  const { signal } = stops
  const { file, paths } = locateServer(options.file)
  const [cwd, env, command] = [process.cwd(), processEnv(), 'start']
  const { cacheDir } = paths
  // Evaluated in a process of its own, while this one loads what it will need: a fifth of the time of a start.
  const isModule = file !== undefined && isModuleConfig(file)
  const evaluation = isModule ? evaluateConfig({ file, command, env, cacheDir, signal }) : undefined
  const [{ runServer }, { loadConfig }, { EVENT_NAMES: events }, { formatProblem }, render] =
    await Promise.all([
      import('../../entry/supervisor.ts'),
      import('../../config/load.ts'),
      import('../../events/catalogue.ts'),
      import('../../config/problems.ts'),
      import('../render/server.ts'),
    ])
  const loading = loadConfig({ ...options, cwd, env, command, events, cacheDir, evaluation })
  const loaded = await loading.catch((error: unknown) => {
    // A start that was told to stop has not failed.
    if (!stops.isRequested) throw error
  })
  if (loaded === undefined) return 0
  const { config, warnings } = loaded
  const texts = warnings.map((warning) => formatProblem(warning, '⚠'))
  if (paths.standsFor !== undefined) texts.push(render.standInWarning(paths.standsFor, paths.dir))
  for (const text of texts) {
    if (starter === undefined) render.printWarning(text)
    else await starter.report({ kind: 'warning', text })
  }
  const exitCode = await runServer({
    config,
    paths,
    env,
    stops,
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
        signal,
      }),
    ...(starter !== undefined && { logFile: paths.logFile }),
    onReady: (server, log) => {
      render.printReady({ ...server, config }, log.logger)
      void starter?.report({ kind: 'ready', ...server, configFile: config.file })
    },
    onStopping: (reason, log) => render.printStopping(reason, config, log.logger),
    onStopped: (stopped, log) => render.logStopped(stopped, config, log.logger),
  })
  render.printStopped(config)
  return exitCode
}
