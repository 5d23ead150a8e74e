/** `tsrv status`: what it takes. */
import { addFileOption } from '../config-options.ts'
import type { Verb } from '../verb.ts'

export const statusVerb: Verb = {
  name: 'status',
  summary: 'Show the processes, task workers and queue of the running server.',
  examples: [
    ['tsrv status'],
    ['tsrv status --json', 'for scripts'],
    ['tsrv status > /dev/null && echo ready', 'the exit status is enough'],
  ],
  exits: [
    [0, 'ready'],
    [1, 'not ready or unhealthy'],
    [3, 'not running'],
  ],
  define(command, result) {
    addFileOption(command)
      .option('--json', 'Print JSON, for scripts.')
      .action(async (options: { config?: string; json?: boolean }) => {
        const { status } = await import('../commands/status.ts')
        result.exitCode = await status({ json: false, ...options })
      })
  },
}
