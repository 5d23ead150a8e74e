/** The stand-in of `tsrv restart`: a start by the same call, that serves until another one can. */
import { processEnv } from '../../config/env.ts'
import { loadConfig } from '../../config/load.ts'
import { runStandIn } from '../../entry/stand-in.ts'
import { EVENT_NAMES as events } from '../../events/catalogue.ts'
import type { ConfigOptions } from '../config-options.ts'
import { locateServer } from '../server-place.ts'

export async function standIn(options: ConfigOptions, inBackground: boolean): Promise<void> {
  const { paths } = locateServer(options.file)
  const [cwd, env] = [process.cwd(), processEnv()]
  const { cacheDir } = paths
  await runStandIn({
    paths,
    env,
    ...(inBackground && { logFile: paths.logFile }),
    load: (counts) =>
      loadConfig({
        ...options,
        flags: { ...options.flags, ...counts },
        cwd,
        env,
        command: 'restart',
        events,
        cacheDir,
      }),
  })
}
