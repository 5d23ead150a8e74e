/** Options that say which configuration: `-c`, the flags of the config table, `-o`. */
import { type Command, Option } from 'commander'
import { FIELDS } from '../config/fields.ts'
import { configFlags } from '../config/flags.ts'

/** As `loadConfig` takes it. */
export interface ConfigOptions {
  readonly file: string | undefined
  readonly flags: Readonly<Record<string, unknown>>
  readonly overrides: readonly string[]
}

/** `-c` alone: enough to find a running server. */
export function addFileOption(command: Command): Command {
  return command.option('-c, --config <file>', 'The configuration file; default: the nearest one.')
}

export function addConfigOptions(command: Command): Command {
  addFileOption(command)
  for (const { flags, doc, key } of configFlags()) {
    // In words: a default of the option itself would count as given, over file and environment.
    const text = `${doc} Default: ${String(FIELDS[key].default)}.`
    command.addOption(new Option(flags, text).helpGroup('Settings:'))
  }
  const override = new Option('-o, --override <key=value>', 'Any setting by its path; may be repeated.')
  return command.addOption(override.argParser(collect).helpGroup('Settings:'))
}

export function readConfigOptions(options: Readonly<Record<string, unknown>>): ConfigOptions {
  const flags = configFlags().map(({ flags, key }) => [key, options[new Option(flags).attributeName()]])
  return {
    file: options['config'] as string | undefined,
    flags: Object.fromEntries(flags) as Record<string, unknown>,
    overrides: (options['override'] ?? []) as readonly string[],
  }
}

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value]
}
