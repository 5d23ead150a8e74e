/** The command line program: what each command takes. What it does is in `commands/`, loaded when it is called. */
import { Command, InvalidArgumentError, Option } from 'commander'
import { ownVersion } from '../util/version.ts'
import { addConfigOptions, addFileOption, readConfigOptions } from './config-options.ts'

/** Where a command leaves its exit status. */
export interface CommandResult {
  exitCode: number
}

const EXAMPLES = `
Examples:
  $ tsrv start -w 4 -t 4             4 HTTP workers and 4 task workers
  $ tsrv start -o log.level=debug    any setting of the config, for this start
  $ tsrv reload                      new code and configuration, no failed request
  $ tsrv status --json               for scripts
  $ tsrv config --check              is the configuration sound?

Exit status: 0 done, 1 failed or unhealthy, 3 not running (status), 78 bad configuration.`

export function createProgram(result: CommandResult): Command {
  const program = new Command('tsrv')
    .description('Application server for TypeScript: HTTP workers and task workers from one config file.')
    .version(ownVersion(), '-v, --version', 'Print the version.')
    .helpOption('-h, --help', 'Show this help.')
    .helpCommand('help [command]', 'Show the help of a command.')
    .addHelpText('after', EXAMPLES)
    .showHelpAfterError('(tsrv --help shows all commands)')
    .exitOverride()
  program.commandsGroup('Server:')
  addStart(program.command('start'), result)
  addStop(program.command('stop'), result)
  addReload(program.command('reload'), result)
  addStatus(program.command('status'), result)
  program.commandsGroup('Configuration:')
  addConfig(program.command('config'), result)
  for (const command of program.commands) {
    command
      .exitOverride()
      .helpOption('-h, --help', 'Show this help.')
      .showHelpAfterError(`(tsrv ${command.name()} --help shows its options)`)
  }
  return program
}

type Options = Readonly<Record<string, unknown>>

function addStart(command: Command, result: CommandResult): void {
  addConfigOptions(command.description('Start the server in the foreground.'))
    .addHelpText('after', '\nExamples:\n  $ tsrv start -w 4 -t 4\n  $ PORT=3000 tsrv start -c config.ini')
    .action(async (options: Options) => {
      const { start } = await import('./commands/start.ts')
      result.exitCode = await start(readConfigOptions(options))
    })
}

function addStop(command: Command, result: CommandResult): void {
  addFileOption(command.description('Stop the server and wait until it is gone.'))
    .option('--timeout <seconds>', 'Stop waiting after this time.', asSeconds, 60)
    .option('--force', 'Do not wait for open requests and tasks.')
    .action(async (options: { config?: string; timeout: number; force?: boolean }) => {
      const { stop } = await import('./commands/stop.ts')
      result.exitCode = await stop({ force: false, ...options })
    })
}

function addReload(command: Command, result: CommandResult): void {
  addFileOption(command.description('Load code, configuration and .env again without a failed request.'))
    .option('-w, --workers <n|auto>', 'Number of HTTP workers from now on.', asCount(1))
    .option('-t, --task-workers <n|auto>', 'Number of task workers from now on.', asCount(0))
    .addOption(new Option('--http', 'Only the HTTP workers.').conflicts(['tasks', 'taskWorkers']))
    .addOption(new Option('--tasks', 'Only the task workers.').conflicts('workers'))
    .action(async ({ config, workers, taskWorkers, http, tasks }: ReloadOptions) => {
      const { reload } = await import('./commands/reload.ts')
      const only = http === true ? 'http' : tasks === true ? 'tasks' : undefined
      result.exitCode = await reload(config, {
        ...(workers !== undefined && { workers }),
        ...(taskWorkers !== undefined && { taskWorkers }),
        ...(only !== undefined && { only }),
      })
    })
}

interface ReloadOptions {
  readonly config?: string
  readonly workers?: number | 'auto'
  readonly taskWorkers?: number | 'auto'
  readonly http?: boolean
  readonly tasks?: boolean
}

function addStatus(command: Command, result: CommandResult): void {
  addFileOption(command.description('Show the processes, task workers and queue of the running server.'))
    .option('--json', 'Print JSON, for scripts.')
    .addHelpText('after', '\nExit status: 0 ready, 1 not ready or unhealthy, 3 not running.')
    .action(async (options: { config?: string; json?: boolean }) => {
      const { status } = await import('./commands/status.ts')
      result.exitCode = await status({ json: false, ...options })
    })
}

function addConfig(command: Command, result: CommandResult): void {
  addConfigOptions(command.description('Print the configuration in effect, or say what is wrong with it.'))
    .addOption(new Option('--check', 'Print nothing but the verdict.').conflicts(['where', 'schema']))
    .addOption(new Option('--where', 'Print where each value comes from.').conflicts('schema'))
    .option('--schema', 'Print the JSON schema of config files, for editors.')
    .action(async (options: Options) => {
      const { config } = await import('./commands/config.ts')
      const output = (['check', 'where', 'schema'] as const).find((name) => options[name] === true)
      result.exitCode = await config(readConfigOptions(options), output)
    })
}

function asCount(least: number) {
  return (text: string): number | 'auto' => {
    if (text === 'auto') return text
    const count = Number(text)
    if (text.trim() !== '' && Number.isInteger(count) && count >= least && count <= 1024) return count
    throw new InvalidArgumentError(`Expected an integer ${least}-1024 or "auto".`)
  }
}

function asSeconds(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !(value >= 0))
    throw new InvalidArgumentError('Expected a number of seconds, such as 30.')
  return value
}
