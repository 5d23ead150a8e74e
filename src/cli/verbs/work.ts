/** `tsrv work`: what it takes. */
import { Argument } from 'commander'
import { addFileOption } from '../config-options.ts'
import { asWhole } from '../option-values.ts'
import type { Verb } from '../verb.ts'

export const workVerb: Verb = {
  name: 'work',
  summary: 'Give the running server more task workers for as long as this command runs.',
  details: `They run the code of the server, in its task server. TERM, INT (Ctrl+C) and QUIT end the command once the tasks that run in them have ended, a second signal leaves at once, and the tasks go on without it. USR2 pauses, CONT resumes.

Readable on a terminal, one line for each task that ended; JSON lines in a pipe.`,
  examples: [
    ['tsrv work', 'one more task worker, until Ctrl+C'],
    ['tsrv work --lanes 4', 'four more'],
    ['tsrv work 100', 'until it has run 100 tasks'],
    ['tsrv work --queue mail --lanes 2', 'two for one queue alone'],
  ],
  exits: [
    [0, 'ended by a signal, or all tasks of the limit run'],
    [1, 'the task server ended, the task workers did not start, or there is no such queue'],
    [3, 'not running'],
  ],
  define(command, result) {
    addFileOption(command)
      .addArgument(new Argument('[limit]', 'End after this many tasks.').argParser(asWhole(1, 1_000_000_000)))
      .option('--lanes <n>', 'Number of task workers.', asWhole(1, 64), 1)
      .option('--queue <name>', 'Run tasks of this queue only.')
      .action(
        async (limit: number | undefined, options: { config?: string; lanes: number; queue?: string }) => {
          const { work } = await import('../commands/work.ts')
          result.exitCode = await work({ ...options, ...(limit !== undefined && { limit }) })
        },
      )
  },
}
