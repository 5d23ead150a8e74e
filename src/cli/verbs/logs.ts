/** `tsrv logs`: what it takes. */
import { addFileOption } from '../config-options.ts'
import { asLines } from '../option-values.ts'
import type { Verb } from '../verb.ts'

export const logsVerb: Verb = {
  name: 'logs',
  summary: 'Show the log of a server that writes one to a file: started with -d, or with log.file.',
  details:
    'Readable on a terminal, as it is (JSON lines) in a pipe. Without log.file a server in the foreground writes to its own standard output and has no such log.',
  examples: [
    ['tsrv logs', 'the last 100 lines'],
    ['tsrv logs -f', 'those, and what comes; Ctrl+C ends'],
    ['tsrv logs -f -n 0', 'only what comes'],
    [`tsrv logs -n all | jq 'select(.level == "error")'`, 'every error'],
  ],
  exits: [
    [0, 'shown'],
    [1, 'there is no log'],
  ],
  define(command, result) {
    addFileOption(command)
      .option('-f, --follow', 'Go on with what is written from now on, also to a new or truncated file.')
      .option('-n, --lines <n|all>', 'How many of the last lines.', asLines, 100)
      .action(async (options: { config?: string; follow?: boolean; lines: number }) => {
        const { logs } = await import('../commands/logs.ts')
        result.exitCode = await logs({ follow: false, ...options })
      })
  },
}
