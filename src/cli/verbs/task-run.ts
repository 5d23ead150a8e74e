/** `tsrv task run`: what it takes. */
import { Argument } from 'commander'
import { addFileOption } from '../config-options.ts'
import { asJson } from '../option-values.ts'
import type { Verb } from '../verb.ts'

interface RunOptions {
  readonly config?: string
  readonly json?: boolean
  readonly wait: boolean
  readonly queue?: string
  readonly label?: string
}

export const runVerb: Verb = {
  name: 'run',
  summary: 'Run an exported function as a task of the running server.',
  details:
    'The function is exported by a file of tasks.modules and named by path and export, or by its taskName; a task class and a task of defineTask() are named in the same ways, and their input is checked. Each JSON text is one argument; a shell needs quotes around the quotes of a text. The command waits for the end and shows what came of it; Ctrl+C ends the waiting, not the task.',
  examples: [
    ['tsrv task run src/tasks/report#daily', 'and wait for its end'],
    ['tsrv task run src/tasks/import.ts#page 3 true --queue import --no-wait', 'with two arguments'],
  ],
  exits: [
    [0, 'completed, or with --no-wait: accepted'],
    [1, 'failed or cancelled, or no longer waited for'],
    [3, 'not running'],
  ],
  define(command, result) {
    addFileOption(command)
      .argument('<action>', 'Such as src/tasks/mail#sendMail.')
      .addArgument(new Argument('[json...]', 'Its arguments.').argParser(asJson))
      .option('--queue <name>', 'One of tasks.queues.')
      .option('--label <text>', 'Shown in lists.')
      .option('--no-wait', 'Only print its id.')
      .option('--json', 'Print JSON, for scripts.')
      .action(async (action: string, payload: readonly unknown[] = [], options: RunOptions) => {
        const { wait, json = false, config, ...wishes } = options
        const { taskRun } = await import('../commands/task-run.ts')
        const place = { json, wait, ...(config !== undefined && { config }) }
        result.exitCode = await taskRun({ ask: 'run', action, payload, ...wishes }, place)
      })
  },
}
