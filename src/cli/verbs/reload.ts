/** `tsrv reload`: what it takes. */
import { Option } from 'commander'
import { addFileOption } from '../config-options.ts'
import { asCount } from '../option-values.ts'
import type { Verb } from '../verb.ts'

interface ReloadOptions {
  readonly config?: string
  readonly workers?: number | 'auto'
  readonly taskWorkers?: number | 'auto'
  readonly http?: boolean
  readonly tasks?: boolean
}

export const reloadVerb: Verb = {
  name: 'reload',
  summary: 'Load code, configuration and .env again without a failed request.',
  details:
    'Each new worker is ready before the old one takes no more connections, finishes what is open and leaves. If new code does not start, the old code goes on and the reason is shown. Flags of the start stay in force, unless given here.',
  examples: [
    ['tsrv reload', 'after a deployment'],
    ['tsrv reload -w 8', 'and have 8 HTTP workers from now on'],
    ['tsrv reload --tasks', 'the task workers alone'],
  ],
  exits: [
    [0, 'all new'],
    [1, 'not running, or something kept its old code'],
  ],
  define(command, result) {
    addFileOption(command)
      .option('-w, --workers <n|auto>', 'Number of HTTP workers from now on.', asCount(1))
      .option('-t, --task-workers <n|auto>', 'Number of task workers from now on.', asCount(0))
      .addOption(new Option('--http', 'Only the HTTP workers.').conflicts(['tasks', 'taskWorkers']))
      .addOption(new Option('--tasks', 'Only the task workers.').conflicts('workers'))
      .action(async ({ config, workers, taskWorkers, http, tasks }: ReloadOptions) => {
        const { reload } = await import('../commands/reload.ts')
        const only = http === true ? 'http' : tasks === true ? 'tasks' : undefined
        result.exitCode = await reload(config, {
          ...(workers !== undefined && { workers }),
          ...(taskWorkers !== undefined && { taskWorkers }),
          ...(only !== undefined && { only }),
        })
      })
  },
}
