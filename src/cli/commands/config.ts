/** `tsrv config`: the configuration in effect, or everything that is wrong with it. */
import { processEnv } from '../../config/env.ts'
import { loadConfig } from '../../config/load.ts'
import { formatProblem } from '../../config/problems.ts'
import { EVENT_NAMES } from '../../events/catalogue.ts'
import type { ConfigOptions } from '../config-options.ts'
import { printLine } from '../render/terminal.ts'

export async function config(options: ConfigOptions, isCheck: boolean): Promise<number> {
  const loaded = await loadConfig({
    ...options,
    cwd: process.cwd(),
    command: 'config',
    events: EVENT_NAMES,
    env: processEnv(),
  })
  for (const warning of loaded.warnings) printLine(formatProblem(warning, '⚠'), 'stderr')
  const from = loaded.config.file ?? 'no config file; defaults, environment and flags only'
  printLine(isCheck ? `✓ The configuration is sound (${from})` : JSON.stringify(loaded.config, null, 2))
  return 0
}
