/** `tsrv stop`: what it takes. */
import { addFileOption } from '../config-options.ts'
import { asSeconds } from '../option-values.ts'
import type { Verb } from '../verb.ts'

export const stopVerb: Verb = {
  name: 'stop',
  summary: 'Stop the server and wait until it is gone.',
  details:
    'The server takes no more connections, answers the requests that are open, ends its services, finishes its tasks, and ends; processes.maxWaitTime of the configuration limits that, and its log says what it waits for. With processes.shutdownDelay it is not ready for that time, and takes requests nevertheless, before it begins. Works with a broken configuration as well.',
  examples: [
    ['tsrv stop'],
    ['tsrv stop --timeout 10 || tsrv stop --force', 'ten seconds, then without mercy'],
  ],
  exits: [
    [0, 'stopped, or none was running'],
    [1, 'still alive after the timeout'],
  ],
  define(command, result) {
    addFileOption(command)
      .option('--timeout <seconds>', 'Stop waiting after this time.', asSeconds, 60)
      .option('--force', 'Do not wait for open requests and tasks.')
      .action(async (options: { config?: string; timeout: number; force?: boolean }) => {
        const { stop } = await import('../commands/stop.ts')
        result.exitCode = await stop({ force: false, ...options })
      })
  },
}
