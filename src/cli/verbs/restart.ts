/** `tsrv restart`: what it takes. */
import { addFileOption } from '../config-options.ts'
import type { Verb } from '../verb.ts'

export const restartVerb: Verb = {
  name: 'restart',
  summary: 'Replace the whole server, tsrv itself included, without a failed request.',
  details:
    'For a new version of tsrv or Node, and for settings that a reload cannot change. HTTP workers of the new code start beside the old ones; if they do not, everything stays as it is and the reason is shown. Then the old processes finish what is open and leave, and the supervisor starts anew in its own process: same process id, same sockets. Tasks wait in the store meanwhile. The flags of the start stay in force.',
  examples: [
    ['npm update @tsrv/server && tsrv restart', 'a new version of tsrv'],
    ['tsrv restart -c config.ini'],
  ],
  exits: [
    [0, 'all new'],
    [1, 'not running, or the old code goes on, or the server ended; the message says which'],
  ],
  define(command, result) {
    addFileOption(command).action(async ({ config }: { readonly config?: string }) => {
      const { restart } = await import('../commands/restart.ts')
      result.exitCode = await restart(config)
    })
  },
}
