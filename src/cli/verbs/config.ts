/** `tsrv config`: what it takes. */
import { Option } from 'commander'
import { addConfigOptions, readConfigOptions } from '../config-options.ts'
import type { Verb } from '../verb.ts'

export const configVerb: Verb = {
  name: 'config',
  summary: 'Print the configuration in effect, or say what is wrong with it.',
  details:
    'Flags count over -o, then TSRV_* variables (TSRV_LOG__LEVEL=debug) and plain PORT, the config file, and the defaults. Nothing is started.',
  examples: [
    ['tsrv config --check', 'is it sound? everything that is not, by file and line'],
    ['tsrv config --where', 'where does each value come from?'],
    ['tsrv config --schema > schema.json', 'for the editor of a JSON or YAML config'],
  ],
  exits: [
    [0, 'sound'],
    [78, 'bad configuration'],
  ],
  define(command, result) {
    addConfigOptions(command)
      .addOption(new Option('--check', 'Print nothing but the verdict.').conflicts(['where', 'schema']))
      .addOption(new Option('--where', 'Print where each value comes from.').conflicts('schema'))
      .option('--schema', 'Print the JSON schema of config files, for editors.')
      .action(async (options: Readonly<Record<string, unknown>>) => {
        const { config } = await import('../commands/config.ts')
        const output = (['check', 'where', 'schema'] as const).find((name) => options[name] === true)
        result.exitCode = await config(readConfigOptions(options), output)
      })
  },
}
