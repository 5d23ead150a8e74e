/** `tsrv start`: loads the configuration and becomes the supervisor. */
import type { Config } from '../../config/config.ts'
import { processEnv } from '../../config/env.ts'
import { evaluateConfig, isModuleConfig } from '../../config/evaluate.ts'
import type { LoadConfigOptions, LoadedConfig } from '../../config/load.ts'
import type { Starter } from '../../entry/starter.ts'
import { ignoreHarmlessSignals, StopSignals } from '../../entry/stop-signals.ts'
import type { ServerStart } from '../../entry/server-start.ts'
import type { Watch } from '../../entry/watched-start.ts'
import type { ConfigOptions } from '../config-options.ts'
import { locateServer } from '../server-place.ts'

export interface StartOptions extends ConfigOptions {
  /** Reload when files change; with `poll` they are found by looking again and again. */
  readonly watch?: { readonly poll: boolean }
}

export interface StartManner {
  /** The command that waits for a server in the background. */
  readonly starter?: Starter
  readonly inBackground?: boolean
  /** This process was the server before. */
  readonly isSuccessor?: boolean
}

export async function start({ watch, ...options }: StartOptions, manner: StartManner = {}): Promise<number> {
  ignoreHarmlessSignals()
  using stops = new StopSignals()
  // Awaited, because the signals are listened to until then.
  if (watch === undefined) return await startOnce(options, { stops, ...manner })
  const [{ runWatched }, render] = await Promise.all([
    import('../../entry/watched-start.ts'),
    import('../render/watch.ts'),
  ])
  const { starter } = manner
  let { isSuccessor = false } = manner
  return await runWatched({
    ...watch,
    stops,
    run: (watch) => {
      const again = { ...manner, isSuccessor, stops, watch }
      // When that has failed, there is nothing left to succeed to.
      isSuccessor = false
      return startOnce(options, again)
    },
    // Whoever waits for a server in the background wants to know.
    ...(starter === undefined && { onBroken: render.printBroken }),
    onMended: render.printMended,
    onTrouble: render.printWatchTrouble,
  })
}

interface Surroundings extends StartManner {
  readonly stops: StopSignals
  readonly watch?: Watch
}

async function startOnce(options: ConfigOptions, surroundings: Surroundings): Promise<number> {
  const { stops, watch, starter, isSuccessor = false } = surroundings
  const { inBackground = starter !== undefined } = surroundings
  const { signal } = stops
  const { file, paths } = locateServer(options.file)
  const { cacheDir } = paths
  const common = { ...options, cwd: process.cwd(), env: processEnv(), cacheDir, signal }
  const command = 'start'
  const following = watch?.config()
  const onLoaded = following?.onLoaded
  // Evaluated in a process of its own, while this one loads what it will need: a fifth of the time of a start.
  const isModule = file !== undefined && isModuleConfig(file)
  const evaluation = isModule ? evaluateConfig({ ...common, file, command, onLoaded }) : undefined
  const [{ runServer }, { loadConfig }, { EVENT_NAMES: events }, { formatProblem }, render] =
    await Promise.all([
      import('../../entry/supervisor.ts'),
      import('../../config/load.ts'),
      import('../../events/catalogue.ts'),
      import('../../config/problems.ts'),
      import('../render/server.ts'),
    ])
  const loading = loadConfig({ ...common, command, events, evaluation, onLoaded })
  const loaded = await loading.catch((error: unknown) => {
    // A start that was told to stop has not failed.
    if (!stops.isRequested) throw error
  })
  if (loaded === undefined) return 0
  following?.succeeded()
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
    env: common.env,
    stops,
    isSuccessor,
    // Flags of the start stay in force, unless the reload brings its own.
    load: (counts) => {
      const flags = { ...options.flags, ...counts }
      return followed({ ...common, flags, command: 'reload', events }, loadConfig, watch)
    },
    ...(watch !== undefined && { watch: await watched(watch, config) }),
    ...(inBackground && { logFile: paths.logFile }),
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

async function followed(
  options: LoadConfigOptions,
  load: (options: LoadConfigOptions) => Promise<LoadedConfig>,
  watch: Watch | undefined,
): Promise<LoadedConfig> {
  const following = watch?.config()
  const loaded = await load({ ...options, onLoaded: following?.onLoaded })
  following?.succeeded()
  return loaded
}

async function watched(watch: Watch, config: Config): Promise<NonNullable<ServerStart['watch']>> {
  const { printWatchNews } = await import('../render/watch.ts')
  return { files: watch, tell: (news, log) => printWatchNews(news, config, log.logger) }
}
