/** `tsrv start`: what it takes. */
import { Option } from 'commander'
import { addConfigOptions, readConfigOptions } from '../config-options.ts'
import type { Verb } from '../verb.ts'

const DETAILS = `It stays in the foreground and writes its log to standard output: JSON lines, or readable ones on a terminal. Ctrl+C, TERM or QUIT stops it gracefully, a second signal forces; HUP and USR1 reload, USR2 reloads the task workers. That is what containers and systemd want.

With --watch a change of a file reloads: of the config, of .env, of any module that was really loaded, outside of node_modules. Code that does not start leaves the last good one serving, and a start that fails waits until it is mended. --poll finds changes where the file system reports none, as in mounted folders of containers.

With -d the command ends once the server is ready, or with the reason why it is not. The server goes on in the background, out of reach of the terminal. Its log is appended to server.log in the run directory (.tsrv), or to log.file; "tsrv logs" shows it. It may be moved away at any time: within a second the server goes on in a new file, so logrotate needs neither copytruncate nor a signal.`

type StartOptions = Readonly<Record<string, unknown>> & {
  readonly detach?: boolean
  readonly detached?: boolean
  readonly watch?: boolean
  readonly poll?: boolean
  readonly standIn?: boolean
  readonly successor?: boolean
}

export const startVerb: Verb = {
  name: 'start',
  summary: 'Start the server.',
  details: DETAILS,
  examples: [
    ['tsrv start -w 4 -t 4', '4 HTTP workers and 4 task workers'],
    ['tsrv start -d', 'in the background'],
    ['tsrv start --watch', 'while you develop'],
    ['PORT=3000 tsrv start -c config.ini'],
    ['tsrv start -o log.level=debug', 'any setting, for this start'],
  ],
  exits: [
    [0, 'stopped, or ready with -d'],
    [1, 'failed to start; or its stop was forced, or had to cut requests or tasks'],
    [78, 'bad configuration'],
    [130, 'Ctrl+C before it was ready, with -d'],
  ],
  define(command, result) {
    const manner = command
      .option('-d, --detach', 'Go on in the background once the server is ready.')
      .option('--watch', 'Reload when a file changes that the server has loaded.')
      .addOption(new Option('--poll', 'As --watch, by looking again and again.').implies({ watch: true }))
    addConfigOptions(manner)
      .addOption(new Option('--detached', 'The server of -d, as -d starts it.').hideHelp())
      .addOption(new Option('--stand-in', 'The stand-in of a restart.').hideHelp())
      .addOption(new Option('--successor', 'The server after a restart.').hideHelp())
      .action(async (options: StartOptions) => {
        const { watch = false, poll = false } = options
        const config = { ...readConfigOptions(options), ...(watch && { watch: { poll } }) }
        const inBackground = options.detached === true
        if (options.standIn === true) {
          const { standIn } = await import('../commands/stand-in.ts')
          await standIn(config, inBackground)
        } else if (options.successor === true) {
          const { start } = await import('../commands/start.ts')
          result.exitCode = await start(config, { isSuccessor: true, inBackground })
        } else if (inBackground) {
          const { startDetached } = await import('../commands/start-detached.ts')
          result.exitCode = await startDetached(config)
        } else if (options.detach === true) {
          const { detach } = await import('../commands/detach.ts')
          result.exitCode = await detach(config.file, result.argv ?? [])
        } else {
          const { start } = await import('../commands/start.ts')
          result.exitCode = await start(config)
        }
      })
  },
}
