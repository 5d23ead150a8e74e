/** `tsrv scale`: what it takes. */
import { addFileOption } from '../config-options.ts'
import { asCount } from '../option-values.ts'
import type { Verb } from '../verb.ts'

interface ScaleOptions {
  readonly config?: string
  readonly workers?: number | 'auto'
  readonly taskWorkers?: number | 'auto'
}

export const scaleVerb: Verb = {
  name: 'scale',
  summary: 'Run more or fewer workers of the code that runs.',
  details:
    'New workers are ready before the command ends; those that are too many finish what is open and leave. Nothing is loaded again by the others, and later reloads keep the numbers. The signals TTIN and TTOU do the same for one HTTP worker more or less.',
  examples: [
    ['tsrv scale 8', '8 HTTP workers'],
    ['tsrv scale -w 2 -t 6', '2 HTTP workers and 6 task workers'],
    ['tsrv scale auto', 'one HTTP worker per available CPU'],
  ],
  exits: [
    [0, 'they run'],
    [1, 'not running, or the numbers stay, and why'],
  ],
  define(command, result) {
    addFileOption(command)
      .argument('[workers]', 'The same as -w.', asCount(1))
      .option('-w, --workers <n|auto>', 'Number of HTTP workers.', asCount(1))
      .option('-t, --task-workers <n|auto>', 'Number of task workers.', asCount(1))
      .action(async (argument: number | 'auto' | undefined, options: ScaleOptions) => {
        const { scale } = await import('../commands/scale.ts')
        const { config, workers = argument, taskWorkers } = options
        if (workers === undefined && taskWorkers === undefined) {
          command.error('a number is missing, such as "tsrv scale 4" or "tsrv scale -t 4"')
        }
        if (argument !== undefined && options.workers !== undefined && argument !== options.workers) {
          command.error(`${argument} or -w ${options.workers}? Give one of them.`)
        }
        result.exitCode = await scale(config, {
          ...(workers !== undefined && { workers }),
          ...(taskWorkers !== undefined && { taskWorkers }),
        })
      })
  },
}
