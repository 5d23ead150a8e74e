/** `tsrv config`: the configuration in effect, its origins or its schema; or everything that is wrong with it. */
import { processEnv } from '../../config/env.ts'
import { configSchema } from '../../config/json-schema.ts'
import { type LoadedConfig, loadConfig } from '../../config/load.ts'
import { originsTable } from '../../config/origins-table.ts'
import { formatProblem } from '../../config/problems.ts'
import { withoutSecrets } from '../../config/secrets.ts'
import { EVENT_NAMES } from '../../events/catalogue.ts'
import type { ConfigOptions } from '../config-options.ts'
import { printable, printLine } from '../render/terminal.ts'

/** What is asked for instead of the configuration itself. */
type ConfigOutput = 'check' | 'where' | 'schema'

export async function config(options: ConfigOptions, output?: ConfigOutput): Promise<number> {
  // Needs no configuration, so a broken one does not keep an editor from its schema.
  if (output === 'schema') {
    printLine(JSON.stringify(configSchema(EVENT_NAMES.names), null, 2))
    return 0
  }
  const loaded = await loadConfig({
    ...options,
    cwd: process.cwd(),
    command: 'config',
    events: EVENT_NAMES,
    env: processEnv(),
  })
  for (const warning of loaded.warnings) printLine(printable(formatProblem(warning, '⚠')), 'stderr')
  printLine(rendered(loaded, output))
  return 0
}

function rendered(loaded: LoadedConfig, output: 'check' | 'where' | undefined): string {
  const from = loaded.config.file ?? 'no config file; defaults, environment and flags only'
  switch (output) {
    case undefined:
      return JSON.stringify(withoutSecrets(loaded.config), null, 2)
    case 'check':
      return `✓ The configuration is sound (${from})`
    case 'where':
      return originsTable(loaded).map(printable).join('\n')
    default:
      return output satisfies never
  }
}
