/** The command line program: its commands in their groups. A new command is a file in `verbs/` and a line here. */
import { Command } from 'commander'
import { ownVersion } from '../util/version.ts'
import { showFaults } from './usage.ts'
import { addVerb, type CommandResult, type Example, exampleLines, type Verb } from './verb.ts'
import { completionVerb } from './verbs/completion.ts'
import { configVerb } from './verbs/config.ts'
import { initVerb } from './verbs/init.ts'
import { logsVerb } from './verbs/logs.ts'
import { queueVerb } from './verbs/queue.ts'
import { reloadVerb } from './verbs/reload.ts'
import { restartVerb } from './verbs/restart.ts'
import { scaleVerb } from './verbs/scale.ts'
import { startVerb } from './verbs/start.ts'
import { statusVerb } from './verbs/status.ts'
import { stopVerb } from './verbs/stop.ts'
import { taskVerb } from './verbs/task.ts'
import { workVerb } from './verbs/work.ts'

export interface VerbGroup {
  readonly title: string
  readonly verbs: readonly Verb[]
}

export const VERB_GROUPS: readonly VerbGroup[] = [
  { title: 'Server', verbs: [startVerb, stopVerb, reloadVerb, restartVerb, scaleVerb, statusVerb, logsVerb] },
  { title: 'Tasks', verbs: [taskVerb, queueVerb, workVerb] },
  { title: 'Configuration', verbs: [configVerb] },
  { title: 'Setting up', verbs: [initVerb, completionVerb] },
]

const EXAMPLES: readonly Example[] = [
  ['tsrv init shop', 'a new project that runs'],
  ['tsrv start -w 4 -t 4', '4 HTTP workers and 4 task workers'],
  ['tsrv start -d', 'in the background; tsrv logs -f shows what it does'],
  ['tsrv start -o log.level=debug', 'any setting of the config, for this start'],
  ['tsrv reload', 'new code and configuration, no failed request'],
  ['tsrv status --json', 'for scripts'],
  ['tsrv task list --status failed', 'tasks that failed'],
  ['tsrv config --check', 'is the configuration sound?'],
]

export function createProgram(result: CommandResult): Command {
  const program = showFaults(new Command('tsrv'))
    .description('Application server for TypeScript: HTTP workers and task workers from one config file.')
    .version(ownVersion(), '-v, --version', 'Print the version.')
    .helpOption('-h, --help', 'Show this help.')
    .addHelpText('after', `\nExamples:\n${exampleLines(EXAMPLES).join('\n')}\n\n${EXIT_STATUS}`)
    .showHelpAfterError('(tsrv --help shows all commands)')
    .exitOverride()
  for (const { title, verbs } of VERB_GROUPS) {
    program.commandsGroup(`${title}:`)
    for (const verb of verbs) addVerb(program, verb, result)
  }
  return program.commandsGroup('Help:').helpCommand('help [command]', 'Show the help of a command.')
}

const EXIT_STATUS =
  'Exit status: 0 done, 1 failed or unhealthy, 3 not running (status, task, queue, work), 78 bad configuration.'
